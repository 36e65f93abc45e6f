#!/usr/bin/env python3
"""embed.py [FRAME] PART HEADER: a text of a CAP file as a C array, bench_NAME
of NAME.captext.  With FRAME, the lines that PART has behind //+PLACE stand in
it in front of this mark, indented as the mark is; the marks stay, for lines
that a program makes."""
import pathlib
import sys

MARK = "//+"


def places_of(part):
    places, here = {}, None
    for line in part.splitlines():
        if line.startswith(MARK):
            here = places.setdefault(line, [])
        elif here is not None:
            here.append(line)
    return places


def framed(frame, part):
    places = places_of(part)
    lines = []
    for line in frame.splitlines():
        mark = line.strip()
        indent = line[:len(line) - len(mark)]
        lines += [indent + given for given in places.pop(mark, [])] + [line]
    if places:
        sys.exit(f"the frame has no {' '.join(places)}")
    return "\n".join(lines) + "\n"


def main():
    *frame, part, header = map(pathlib.Path, sys.argv[1:])
    text = part.read_text()
    if frame:
        text = framed(frame[0].read_text(), text)
    numbers = ", ".join(str(byte) for byte in text.encode() + b"\0")
    header.write_text(f"static const char bench_{part.stem}[] = {{{numbers}}};\n")


if __name__ == "__main__":
    main()
