#!/usr/bin/env python3
"""Proves that the card loads and runs one package in each CAP format, and
answers the same: 2.1, 2.2 with its Debug component (which the loader leaves
out), 2.3, and 2.3 with static resources beside it.

formats_test.py BUILDER CARD_RUNNER STUBS.JAR      skipped without javac"""
import sys
import tempfile

import workshop

SHAPES = workshop.HERE.parent / "unit/toolchain/java/shapes"
PACKAGE, APPLET = "F0504F535406", "F0504F53540601"
# What goes wrong, what is counted and what is called, from shapes.
COMMANDS = ["8000050600", "8001050600", "800201", "800203", "800305",
            "800400"]


def main():
    builder, runner, stubs = sys.argv[1:4]
    if not workshop.have_java():
        workshop.skip("there is no javac here")
    with tempfile.TemporaryDirectory() as folder:
        w = workshop.Workshop(folder, builder, runner, stubs)
        resource = w.folder / "resource"
        resource.write_bytes(bytes(5000))
        w.compile(workshop.java_files(SHAPES))
        found = {}
        for name, more in (("2.1", []), ("2.2", ["--debug"]),
                           ("2.3", ["--format", "2.3"]),
                           ("2.3 with all", ["--debug", "--resource",
                                             f"1={resource}"])):
            cap = w.folder / "x.cap"
            told = w.convert("org.postcard.shapes", PACKAGE, cap,
                             ["--applet", APPLET + "=ShapesApplet", *more])
            if told:
                raise workshop.Failed(told)
            found[name] = w.card_answers(
                ["card", f"load {cap}", f"install {PACKAGE} {APPLET} x",
                 f"select {APPLET}",
                 *("> " + c.ljust(10, "0") for c in COMMANDS)])
    print(found)
    answers = set(map(tuple, found.values()))
    worked = all(a.endswith("9000") and len(a) == 8 for a in found["2.1"])
    return 0 if len(answers) == 1 and worked and len(set(
        found["2.1"])) > 3 else 1


if __name__ == "__main__":
    sys.exit(main())
