#!/usr/bin/env python3
"""releases.py RELEASE_MAP.TSV OUT.INC: which release first has which package
version, as rows of C for releases.c."""
import csv
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    seen = set()
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        for row in rows:
            key = (row["package"], row["version"])
            if key in seen:
                continue
            seen.add(key)
            name = row["package"].replace(".", "/")
            major, minor = row["version"].split(".")
            out.write(f'{{"{name}", {major}, {minor}, "{row["release"]}"}},\n')


if __name__ == "__main__":
    main()
