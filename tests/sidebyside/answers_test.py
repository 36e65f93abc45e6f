#!/usr/bin/env python3
"""Proves that our card still gives the answers that another virtual machine
gave to the same CAP files and commands, or those that docs/differences.md
explains: the suites of this folder.  tools/side_by_side.py asks both.  With
--write it puts down what the card says.  Skipped (77) where there is no
javac."""
import argparse
import re
import sys
import tempfile

import suites

sys.path.insert(0, str(suites.HERE.parent / "applets"))

import workshop  # noqa: E402

DIFFERENCES = suites.HERE.parent.parent / "docs/differences.md"


def check(suite, got, known):
    """The number of answers that are wrong or explained by nothing."""
    wrong = 0
    for n, command in enumerate(suite.commands):
        answer = got[n].split(" ")[0]
        if suite.answers[n] not in ("", answer):
            print(f"{suite.name} {n}: {command}\nbefore {suite.answers[n]}\n"
                  f"now    {got[n]}")
            wrong += 1
        for reason in set(suite.reasons[n]) - known:
            print(f"{suite.name} {n}: {DIFFERENCES} has no row {reason}")
            wrong += 1
    return wrong


def write(suite, got):
    path = suites.HERE / f"{suite.name}.txt"
    out = []
    answers = iter(got)
    for line in path.read_text().splitlines():
        if line.startswith("< "):
            continue
        out.append(line)
        if line.startswith("> "):
            out.append("< " + next(answers).split(" ")[0])
    path.write_text("\n".join(out) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if not workshop.have_java():
        workshop.skip("no javac to build the classes with")
    known = set(re.findall(r"^\| `([\w-]+)` \|", DIFFERENCES.read_text(), re.M))
    count = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        shop = suites.open_workshop(workshop.keep(folder), options.build)
        for suite in suites.build(shop, suites.SUITES):
            got = shop.card_answers(suite.script)
            if len(got) != len(suite.commands):
                print(f"{suite.name}: {len(suite.commands)} commands, "
                      f"{len(got)} answers")
                return 1
            if options.write:
                write(suite, got)
            else:
                wrong += check(suite, got, known)
            count += len(got)
    print(f"{count} answers, {wrong} wrong")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
