#!/usr/bin/env python3
"""releases.py RELEASE_MAP.TSV OUT.INC: which package versions each release
has, oldest release first, as rows of C for releases.c."""
import csv
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        for row in rows:
            name = row["package"].replace(".", "/")
            major, minor = row["version"].split(".")
            out.write(f'{{"{name}", {major}, {minor}, "{row["release"]}"}},\n')


if __name__ == "__main__":
    main()
