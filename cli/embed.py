#!/usr/bin/env python3
"""embed.py NAME FILE HEADER: the bytes of a file as a C array NAME."""
import pathlib
import sys


def main():
    name, source, header = sys.argv[1:]
    numbers = ", ".join(map(str, pathlib.Path(source).read_bytes()))
    pathlib.Path(header).write_text(
        f"static const unsigned char {name}[] = {{{numbers}}};\n")


if __name__ == "__main__":
    main()
