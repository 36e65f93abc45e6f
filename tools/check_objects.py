#!/usr/bin/env python3
"""Proves of a build what the compiler does not: BUILD-DIRECTORY is its argument.

1. No object of lib/ and card/ has mutable static data (.data, .bss).
2. Every external symbol carries the prefix of its folder.
3. The card calls nothing outside itself but mem* and the assert handler.
"""
import pathlib
import re
import subprocess
import sys

PREFIXES = {
    "lib/base": ("crc_", "span_", "buf_", "tlv_", "hex_", "ct_", "wipe", "sw_", "err_",
                 "utf8_", "charset_", "der_"),
    "lib/crypto": ("crypto_", "x509_"),
    "lib/securechannel": ("scp",),
    "lib/cap": ("cap_",),
    "card/persist": ("persist_",),
    "card/vault": ("vault_",),
    "card/heap": ("heap_",),
    "card/vm": ("vm_",),
    "card/io": ("io_",),
    "card/jcre": ("jcre_",),
    "card/natives": ("native",),
    "card/domains": ("domain_", "card_"),
    "card": ("card_",),
}
OUTSIDE = {"memcpy", "memmove", "memset", "memcmp", "__assert_fail",
           "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"}
API = ("api_",)


def objects(build):
    for path in sorted(build.rglob("*.o")):
        parts = path.relative_to(build).parts
        source = path.name.replace("_", "/", 1)
        folder = "/".join(parts[:2]) if parts[0] == "lib" else None
        if parts[0] == "card":
            middle = [p for p in parts[1:-1] if not p.endswith(".p")]
            folder = "/".join(["card", *middle])
            if path.name.startswith(".._card.c") or "card.c.o" == path.name:
                folder = "card"
            elif folder == "card":
                folder = tagged_folder(path.name)
        if folder in PREFIXES:
            yield path, folder, source


def tagged_folder(name):
    """All of the tagged card is one library: "vm_access.c.o" is card/vm's."""
    name = name.removeprefix("meson-generated_.._")
    folder = "card/" + name.split("_")[0]
    return folder if folder in PREFIXES else "card"


def symbols(paths):
    """Kind and name of each symbol, by the object's path."""
    found = {str(path): [] for path in paths}
    out = subprocess.run(["nm", "--print-file-name", *found],
                         capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        match = re.match(r"^(.+):([0-9a-f]+)?\s+(\w) (\S+)$", line)
        if match:
            found[match[1]].append((match[3], match[4]))
    return found


def relocated_constants(paths):
    """A const table of pointers lies in .data.rel.ro: nm shows 'd' for it."""
    found = set()
    path = None
    out = subprocess.run(["objdump", "-t", *map(str, paths)],
                         capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        title = re.match(r"^(.+): +file format ", line)
        if title:
            path = title[1]
        elif ".data.rel.ro" in line:
            found.add((path, line.split()[-1]))
    return found


def check(build):
    problems = []
    defined = set()
    needed = {}
    looked_at = list(objects(build))
    paths = [path for path, _, _ in looked_at]
    if not paths:
        return [], 0
    constants = relocated_constants(paths)
    listed = symbols(paths)
    for path, folder, _ in looked_at:
        for kind, name in listed[str(path)]:
            if kind in "dDbBC" and ".rel.ro" not in name \
                    and (str(path), name) not in constants:
                problems.append(f"{path.name}: mutable object {name}")
            if kind in "TDBRV":
                defined.add(name)
                if not name.startswith(PREFIXES[folder]):
                    problems.append(f"{path.name}: {name} lacks the prefix "
                                    f"{'|'.join(PREFIXES[folder])}")
            if kind == "U" and folder.startswith("card"):
                needed.setdefault(name, path.name)
    for name, where in sorted(needed.items()):
        if name not in defined and name not in OUTSIDE \
                and not name.startswith(API):
            problems.append(f"{where}: calls {name}, which is outside")
    return problems, len(paths)


def main():
    problems, count = check(pathlib.Path(sys.argv[1]))
    print("\n".join(problems))
    print(f"objects: {count} looked at, {len(problems)} problems")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
