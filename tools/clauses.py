#!/usr/bin/env python3
"""Collects the clauses that the source cites into docs/conformance.md.

A rule taken from a standard cites it as [GPCS 11.5.2], [JCVM 6.10],
[JCRE 6.2.8], [JCAPI Util], [Amd D 6.2], [ISO 7816-4 5.6]; a test that shows
one cites it likewise.  docs/checklist.tsv lists what a complete card has: of
each line the table tells the code and the tests that cite one of its clauses,
or a clause below it (where '=' stands before a clause, it alone), and says
"missing" where there is one of the two only, or none.  A fourth column there
explains what has to be missing.

Without an argument the file is written and what is missing printed.  With
--check nothing is written, and it fails when the file is not up to date, when
something is missing that is not explained, and when something is explained
that is not missing.  --root DIR is for a tree elsewhere.
"""
import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = "docs/conformance.md"
CHECKLIST = "docs/checklist.tsv"
EDITIONS = {
    "GPCS": "GlobalPlatform Card Specification 2.3.1 (GPC_SPE_034)",
    "GPCS 2.2.1": "GlobalPlatform Card Specification 2.2.1, for what 2.3 has "
                  "no more",
    "Amd A": "GlobalPlatform Amendment A (confidential content management), "
             "as its clients cite 1.1",
    "Amd C": "GlobalPlatform Amendment C (contactless services)",
    "Amd D": "GlobalPlatform Amendment D 1.1.1 (SCP03)",
    "Amd F": "GlobalPlatform Amendment F (SCP11), numbers of 1.3",
    "Amd H": "GlobalPlatform Amendment H (load file upgrade)",
    "JCVM": "Java Card Virtual Machine Specification, numbers of 2.2.2 and "
            "3.0.1 Classic",
    "JCRE": "Java Card Runtime Environment Specification, likewise",
    "JCAPI": "Java Card API 3.0.5 Classic, by class",
    "ISO 7816-4": "ISO/IEC 7816-4:2020",
    "ISO 7816-3": "ISO/IEC 7816-3:2006",
}
# what a tag may call them besides
ALIASES = {"Amendment " + name[4:]: name for name in EDITIONS
           if name.startswith("Amd ")}
# the longer name first where one begins another
NAMES = sorted([*EDITIONS, *ALIASES], key=len, reverse=True)
TAG = re.compile(r"\[(" + "|".join(map(re.escape, NAMES)) + r") ([^\]]+)\]")
NAMED = re.compile(r"(" + "|".join(map(re.escape, NAMES)) + r") (.+)")
RANGE = re.compile(r"((?:[A-Z0-9]+\.)+)(\d+)-\1(\d+)")
SOURCES = [("include lib card offcard toolchain server", "*.[ch]")]
TESTS = [("tests", "*.[ch]"), ("tests", "*.txt"), ("tests", "*.py"),
         ("tests", "*.java"), ("tests", "*.cases")]
# A line ends inside a tag: the mark of the comment goes on in the next.
JOIN = re.compile(r"\s*\n\s*(\*|//|#)?\s*")


def spread(clause):
    """The clauses from the first to the last of "C.5.1-C.5.3", or the one."""
    ends = RANGE.fullmatch(clause)
    if not ends:
        return [clause]
    return [f"{ends[1]}{n}" for n in range(int(ends[2]), int(ends[3]) + 1)]


def clauses_of(text):
    """(standard, clause) of each tag; one tag may name several standards."""
    for standard, clauses in TAG.findall(text):
        for clause in re.split(r"[,;] *", clauses):
            other = NAMED.match(clause)
            if other:
                standard, clause = other.groups()
            for one in spread(clause.strip()):
                yield ALIASES.get(standard, standard), one


def citations(root, places):
    """{standard: {clause: {file}}} of all files there."""
    found = {}
    for folders, pattern in places:
        for folder in folders.split():
            for path in sorted((root / folder).rglob(pattern)):
                text = JOIN.sub(" ", path.read_text())
                for standard, clause in clauses_of(text):
                    found.setdefault(standard, {}).setdefault(
                        clause, set()).add(str(path.relative_to(root)))
    return found


def sort_key(clause):
    return [(0, int(p), "") if p.isdigit() else (1, 0, p)
            for p in re.split(r"[. ]", clause)]


def checklist(root):
    """
    Lines of (number, clauses, text, explanation); a section has no clauses,
    and what is explained by nothing an empty explanation.
    """
    lines = []
    for line in (root / CHECKLIST).read_text().splitlines():
        if line and not line.startswith("#"):
            number, clauses, text, *why = line.split("\t")
            lines.append((number, [c for c in clauses.split(", ") if c], text,
                          why[0] if why else ""))
    return lines


def standard_of(clause):
    """"Amd D 6.2" and "11.5" as standard and number."""
    for name in NAMES:
        if clause.startswith(name + " "):
            return name, clause[len(name) + 1:]
    return "GPCS", clause


def citing(clauses, found):
    """Files that cite one of these clauses, or what is below one."""
    files = set()
    for clause in clauses:
        standard, number = standard_of(clause)
        for cited, where in found.get(standard, {}).items():
            if cited == number.lstrip("=") or cited.startswith(number + "."):
                files |= where
    return sorted(files)


def cell_of(files, why):
    if files:
        return ", ".join(f"`{f}`" for f in files)
    return f"missing: {why}" if why else "**missing**"


def lines_of_checklist(rows, code, tests):
    """
    The table's lines, and (number, what is missing, text, explanation) of the
    rest; nothing is missing where an explanation has no use.
    """
    lines = []
    rest = []
    for number, clauses, text, why in rows:
        if not clauses:
            lines += ["", f"### {number} {text}", "",
                      "| line | clauses | what | code | tests |",
                      "|---|---|---|---|---|"]
            continue
        cells = []
        missing = []
        for what, found in (("code", code), ("test", tests)):
            files = citing(clauses, found)
            cells.append(cell_of(files, why))
            if not files:
                missing.append(what)
        if missing or why:
            rest.append((number, " and ".join(missing), text, why))
        lines.append(f"| {number} | {', '.join(clauses)} | {text} | "
                     f"{' | '.join(cells)} |")
    return lines, rest


def render(rows, code, tests):
    table, rest = lines_of_checklist(rows, code, tests)
    total = sum(1 for _, clauses, _, _ in rows if clauses)
    short = [why for _, missing, _, why in rest if missing]
    explained = sum(1 for why in short if why)
    lines = ["# Conformance", "",
             "Which clause of which standard the source cites, and where. "
             "Written by `tools/clauses.py`.", "",
             "## What a complete card has", "",
             "Lines of `docs/checklist.tsv`; numbers without the name of a "
             "standard are of GPCS. A file stands here because it cites one "
             "of the clauses, or a clause below it (with '=', that one alone). "
             f"{total - len(short)} of {total} lines have code and a test; "
             f"of the others {explained} say why.",
             *table, ""]
    for standard, edition in EDITIONS.items():
        if standard not in code:
            continue
        lines += [f"## {standard}: {edition}", "", "| clause | cited in |",
                  "|---|---|"]
        for clause in sorted(code[standard], key=sort_key):
            where = ", ".join(f"`{w}`" for w in sorted(code[standard][clause]))
            lines.append(f"| {clause} | {where} |")
        lines.append("")
    return "\n".join(lines), rest


def report(rest):
    """Prints what is missing; whether all of it is explained, and no more."""
    sound = True
    for number, missing, text, why in rest:
        if missing and why:
            print(f"missing {missing}, explained: {number} {text}: {why}")
            continue
        sound = False
        if missing:
            print(f"missing {missing}: {number} {text}")
        else:
            print(f"explained, but not missing: {number} {text}: {why}")
    return sound


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    options = parser.parse_args()
    root = options.root.resolve()
    target = root / TARGET
    text, rest = render(checklist(root), citations(root, SOURCES),
                        citations(root, TESTS))
    sound = report(rest)
    if not options.check:
        target.write_text(text)
        return 0
    if target.exists() and target.read_text() == text:
        print("docs/conformance.md is up to date")
        return 0 if sound else 1
    print("docs/conformance.md is not up to date: run tools/clauses.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
