"""Writes files as C arrays: embed.py OUTPUT INPUT..."""

import pathlib
import sys


def array(path: pathlib.Path) -> str:
    name = "asset_" + path.name.replace(".", "_").replace("-", "_")
    data = path.read_bytes()
    lines = [
        "    " + " ".join(f"{byte}," for byte in data[i : i + 16])
        for i in range(0, len(data), 16)
    ]
    return f"static const unsigned char {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


def main() -> None:
    output, *inputs = map(pathlib.Path, sys.argv[1:])
    output.write_text("\n".join(array(path) for path in inputs), encoding="ascii")


main()
