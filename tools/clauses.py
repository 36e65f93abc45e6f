#!/usr/bin/env python3
"""Collects the clauses that the source cites into docs/conformance.md.

A rule taken from a standard cites it as [GPCS 11.5.2], [JCVM 6.10],
[JCRE 6.2.8], [JCAPI Util], [Amd D 6.2], [ISO 7816-4 5.6].  Without an
argument the table is written; with --check it is compared with the file.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/conformance.md"
EDITIONS = {
    "GPCS": "GlobalPlatform Card Specification 2.3.1 (GPC_SPE_034)",
    "Amd D": "GlobalPlatform Amendment D 1.1.1 (SCP03)",
    "JCVM": "Java Card Virtual Machine Specification, numbers of 2.2.2 and "
            "3.0.1 Classic",
    "JCRE": "Java Card Runtime Environment Specification, likewise",
    "JCAPI": "Java Card API 3.0.5 Classic, by class",
    "ISO 7816-4": "ISO/IEC 7816-4:2020",
    "ISO 7816-3": "ISO/IEC 7816-3:2006",
}
TAG = re.compile(r"\[(" + "|".join(map(re.escape, EDITIONS)) + r") ([^\]]+)\]")


def citations():
    found = {}
    for folder in ("include", "lib", "card", "offcard", "toolchain", "server"):
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            text = re.sub(r"\s*\n\s*(\*|//)?\s*", " ", path.read_text())
            for standard, clauses in TAG.findall(text):
                for clause in re.split(r"[,;] *", clauses):
                    name = str(path.relative_to(ROOT))
                    found.setdefault(standard, {}).setdefault(
                        clause.strip(), set()).add(name)
    return found


def sort_key(clause):
    return [(0, int(p), "") if p.isdigit() else (1, 0, p)
            for p in re.split(r"[. ]", clause)]


def render(found):
    lines = ["# Conformance", "",
             "Which clause of which standard the source cites, and where. "
             "Written by `tools/clauses.py`.", ""]
    for standard, edition in EDITIONS.items():
        if standard not in found:
            continue
        lines += [f"## {standard}: {edition}", "", "| clause | cited in |",
                  "|---|---|"]
        for clause in sorted(found[standard], key=sort_key):
            where = ", ".join(f"`{w}`" for w in sorted(found[standard][clause]))
            lines.append(f"| {clause} | {where} |")
        lines.append("")
    return "\n".join(lines)


def main():
    text = render(citations())
    if sys.argv[1:] != ["--check"]:
        TARGET.write_text(text)
        return 0
    if TARGET.exists() and TARGET.read_text() == text:
        print("docs/conformance.md is up to date")
        return 0
    print("docs/conformance.md is not up to date: run tools/clauses.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
