#!/usr/bin/env python3
"""Fails when a file includes from a folder that tools/layers.txt forbids.

An include is resolved as the build does: beside the file, then include/,
lib/, card/ and the root.  System headers are left alone.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
SEARCH = ["include", "lib", "card", ""]
CARD_SYSTEM = {"stdint.h", "stddef.h", "stdbool.h", "string.h", "assert.h"}


def read_layers():
    """What folders may include, and who may include a folder's own headers."""
    layers, own = {}, {}
    for line in (ROOT / "tools/layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            name, allowed = line.split(":")
            rows = own if name.endswith(".h") else layers
            rows[name] = set(allowed.split())
    return layers, own


def folder_of(path, layers):
    for parent in path.parents:
        if str(parent) in layers:
            return str(parent)
    return None


def resolve(name, source):
    for base in [source.parent, *map(pathlib.Path, SEARCH)]:
        found = base / name
        if (ROOT / found).is_file():
            return pathlib.Path(*[p for p in found.parts if p != "."])
    return None


def check_file(source, layers, own):
    folder = folder_of(source, layers)
    if folder is None:
        return [f"{source}: its folder is not in tools/layers.txt"]
    problems = []
    for number, line in enumerate((ROOT / source).read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = resolve(match[1], source)
        where = f"{source}:{number}"
        if target is None:
            pure = folder.startswith(("card", "lib"))
            generated = match[1].endswith((".inc", "_table.h"))
            if pure and not generated and match[1] not in CARD_SYSTEM:
                problems.append(f"{where}: {match[1]} is not for pure code")
            continue
        into = folder_of(target, layers)
        allowed = own.get(str(target), layers[folder])
        by = str(source) if str(target) in own else into
        if into != folder and by not in allowed \
                and "*" not in layers[folder]:
            problems.append(f"{where}: {folder} may not include {target}")
    return problems


def main():
    layers, own = read_layers()
    sources = sorted(p.relative_to(ROOT) for suffix in ("*.c", "*.h", "*.def")
                     for p in ROOT.rglob(suffix)
                     if not p.relative_to(ROOT).parts[0].startswith("build"))
    problems = [p for s in sources for p in check_file(s, layers, own)]
    print("\n".join(problems))
    print(f"layers: {len(sources)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
