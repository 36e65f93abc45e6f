#!/usr/bin/env python3
"""Collects the clauses that the source cites into docs/conformance.md.

A rule taken from a standard cites it as [GPCS 11.5.2], [JCVM 6.10],
[JCRE 6.2.8], [JCAPI Util], [Amd D 6.2], [ISO 7816-4 5.6]; a test that shows
one cites it likewise.  docs/checklist.tsv lists what a complete card has: of
each line the table tells the code and the tests that cite one of its clauses,
or a clause below it (where '=' stands before a clause, it alone), and says
"missing" where there is one of the two only, or none.  Without an argument the
file is written and what is missing printed; with --check it is compared.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/conformance.md"
CHECKLIST = ROOT / "docs/checklist.tsv"
EDITIONS = {
    "GPCS": "GlobalPlatform Card Specification 2.3.1 (GPC_SPE_034)",
    "Amd A": "GlobalPlatform Amendment A (confidential content management)",
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
NAMES = [*EDITIONS, *ALIASES]
TAG = re.compile(r"\[(" + "|".join(map(re.escape, NAMES)) + r") ([^\]]+)\]")
NAMED = re.compile(r"(" + "|".join(map(re.escape, NAMES)) + r") (.+)")
SOURCES = [("include lib card offcard toolchain server", "*.[ch]")]
TESTS = [("tests", "*.[ch]"), ("tests", "*.txt"), ("tests", "*.py"),
         ("tests", "*.java"), ("tests", "*.cases")]
# A line ends inside a tag: the mark of the comment goes on in the next.
JOIN = re.compile(r"\s*\n\s*(\*|//|#)?\s*")


def clauses_of(text):
    """(standard, clause) of each tag; one tag may name several standards."""
    for standard, clauses in TAG.findall(text):
        for clause in re.split(r"[,;] *", clauses):
            other = NAMED.match(clause)
            if other:
                standard, clause = other.groups()
            yield ALIASES.get(standard, standard), clause.strip()


def citations(places):
    """{standard: {clause: {file}}} of all files there."""
    found = {}
    for folders, pattern in places:
        for folder in folders.split():
            for path in sorted((ROOT / folder).rglob(pattern)):
                text = JOIN.sub(" ", path.read_text())
                for standard, clause in clauses_of(text):
                    found.setdefault(standard, {}).setdefault(
                        clause, set()).add(str(path.relative_to(ROOT)))
    return found


def sort_key(clause):
    return [(0, int(p), "") if p.isdigit() else (1, 0, p)
            for p in re.split(r"[. ]", clause)]


def checklist():
    """Lines of (number, clauses, text); a section has no clauses."""
    for line in CHECKLIST.read_text().splitlines():
        if line and not line.startswith("#"):
            number, clauses, text = line.split("\t")
            yield number, [c for c in clauses.split(", ") if c], text


def standard_of(clause):
    """"Amd D 6.2" and "11.5" as standard and number."""
    for name in EDITIONS:
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


def lines_of_checklist(code, tests):
    """The table's lines, and (number, what is missing, text) of the rest."""
    lines = []
    missing = []
    for number, clauses, text in checklist():
        if not clauses:
            lines += ["", f"### {number} {text}", "",
                      "| line | clauses | what | code | tests |",
                      "|---|---|---|---|---|"]
            continue
        cells = []
        for what, found in (("code", code), ("test", tests)):
            files = citing(clauses, found)
            cells.append(", ".join(f"`{f}`" for f in files) or "**missing**")
            if not files:
                missing.append((number, what, text))
        lines.append(f"| {number} | {', '.join(clauses)} | {text} | "
                     f"{' | '.join(cells)} |")
    return lines, missing


def render(code, tests):
    table, missing = lines_of_checklist(code, tests)
    total = sum(1 for _, clauses, _ in checklist() if clauses)
    short = len({number for number, _, _ in missing})
    lines = ["# Conformance", "",
             "Which clause of which standard the source cites, and where. "
             "Written by `tools/clauses.py`.", "",
             "## What a complete card has", "",
             "Lines of `docs/checklist.tsv`; numbers without the name of a "
             "standard are of GPCS. A file stands here because it cites one "
             "of the clauses, or a clause below it (with '=', that one alone). "
             f"{total - short} of {total} lines have code and a test.",
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
    return "\n".join(lines), missing


def main():
    text, missing = render(citations(SOURCES), citations(TESTS))
    if sys.argv[1:] != ["--check"]:
        for number, what, of in missing:
            print(f"missing {what}: {number} {of}")
        TARGET.write_text(text)
        return 0
    if TARGET.exists() and TARGET.read_text() == text:
        print("docs/conformance.md is up to date")
        return 0
    print("docs/conformance.md is not up to date: run tools/clauses.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
