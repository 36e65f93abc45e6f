#!/usr/bin/env python3
"""Proves on the card that a grown library breaks nobody: an applet that was
made for its first version, and extends a class of it, runs on the second.
The method that the superclass has new, and the heir's own of the same number,
are told apart; so are package-visible methods of two packages.  [JCVM 4.3.7,
4.4, 6.9.2.7]

grown_test.py BUILDER CARD_RUNNER STUBS.JAR      skipped without javac"""
import pathlib
import sys
import tempfile

import workshop

JAVA = workshop.HERE.parent / "unit/toolchain/java"
LIBRARY, PACKAGE, APPLET = "F0504F535403", "F0504F535408", "F0504F53540801"
NAME = "org.postcard.grown"
# By instruction: with the first version of the library, and the second, whose
# Base.ask() adds what the new Base.fourth() returns.
ANSWERS = {1: (42, 42), 2: (21, 25), 3: (11, 15), 4: (3, 3), 5: (3, 3),
           6: (5, 5)}


def library(w, version, *more):
    w.compile(workshop.java_files(JAVA / "grown" / version))
    cap = w.folder / "grown.cap"
    told = w.convert(NAME, LIBRARY, cap, ["--format", "2.3", *more])
    if told:
        raise workshop.Failed(told)
    return cap, w.folder / "grown.exp"


def run(w, cap, client):
    return w.card_answers(
        ["card", f"load {cap}", f"load {client}",
         f"install {PACKAGE} {APPLET} x", f"select {APPLET}",
         *(f"> 80{i:02X}0000" for i in ANSWERS)])


def main():
    builder, runner, stubs = sys.argv[1:4]
    if not workshop.have_java():
        workshop.skip("there is no javac here")
    with tempfile.TemporaryDirectory() as folder:
        old, new = (workshop.Workshop(pathlib.Path(folder) / n, builder,
                                      runner, stubs) for n in ("old", "new"))
        first, first_exp = library(old, "first")
        second, _ = library(new, "second", "--version", "1.1", "--previous",
                            str(first_exp))
        old.compile(workshop.java_files(JAVA / "heir"))
        failed = False
        for form in ("2.1", "2.2", "2.3"):
            client = old.folder / "heir.cap"
            told = old.convert("org.postcard.heir", PACKAGE, client, [
                "--applet", APPLET + "=HeirApplet", "--exp", str(first_exp),
                "--format", form])
            if told:
                raise workshop.Failed(told)
            for index, cap in enumerate((first, second)):
                got = run(old, cap, client)
                wanted = [f"{a[index]:04X}9000" for a in ANSWERS.values()]
                if got != wanted:
                    print(f"client in {form} on version {index + 1}: {got}, "
                          f"not {wanted}")
                    failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
