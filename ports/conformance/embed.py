#!/usr/bin/env python3
"""A CAP file's components, in the order of LOAD, as a C array.

embed.py CAP OUTPUT: what INSTALL [for load] and LOAD bring to a card, for a
program that has no files.
"""
import sys
import zipfile

ORDER = ("Header", "Directory", "Import", "Applet", "Class", "Method",
         "StaticField", "Export", "ConstantPool", "RefLocation")


def main():
    with zipfile.ZipFile(sys.argv[1]) as cap:
        parts = {name.rsplit("/", 1)[-1]: cap.read(name)
                 for name in cap.namelist() if name.endswith(".cap")}
    block = b"".join(parts.get(name + ".cap", b"") for name in ORDER)
    lines = [", ".join(f"0x{b:02X}" for b in block[at:at + 12])
             for at in range(0, len(block), 12)]
    with open(sys.argv[2], "w", encoding="ascii") as out:
        out.write("static const uint8_t load_file[] = {\n    " +
                  ",\n    ".join(lines) + ",\n};\n")


if __name__ == "__main__":
    main()
