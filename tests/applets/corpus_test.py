#!/usr/bin/env python3
"""Proves that each construct of the language does on the card what it does on
a JVM: the packages below java/, whose applets write what they find, compiled,
converted and asked the same on both.  Answers have to be equal, the converter
takes all of it and the verifier what it makes.  Skipped (77) where there is no
javac."""
import argparse
import re
import sys
import tempfile

import workshop

JAVA = workshop.HERE / "java"
NAME = "org.postcard.corpus."
NOT_KNOWN = "6D00"


class Corpus:
    """A package: its folder, options of the converter, what it imports."""

    def __init__(self, name, number, with_int=False, imports=()):
        self.name = name
        self.aid = f"F0504F5353{number:02X}"
        self.with_int = with_int
        self.imports = imports
        main = JAVA / name / NAME.replace(".", "/") / name / "Main.java"
        self.is_applet = main.exists()
        text = main.read_text() if self.is_applet else ""
        self.cases = len(re.findall(r"^        case \d+:", text, re.M))

    def options(self, folder):
        more = [x for i in ("base", *self.imports)
                for x in ("--exp", f"{folder}/{i}.exp")]
        if self.is_applet:
            more += ["--applet", f"{self.aid}01={NAME}{self.name}.Main"]
        return more + ["--int"] * self.with_int

    def script(self, folder):
        yield "card"
        for i in ("base", *self.imports, self.name):
            yield f"load {folder}/{i}.cap"
        yield f"install {self.aid} {self.aid}01 {NAME}{self.name}.Main"
        yield f"select {self.aid}01"
        for i in range(self.cases + 1):
            yield f"> 8001{i:04X}00"


PACKAGES = [
    Corpus("arithmetic", 1),
    Corpus("flow", 2),
    Corpus("exceptions", 3),
    Corpus("classes", 4),
    Corpus("accessors", 8, with_int=True),
    Corpus("inner", 5),
    Corpus("arrays", 6),
    Corpus("ints", 7, with_int=True),
]


def build(shop):
    shop.compile_host()
    shop.compile(workshop.java_files(JAVA))
    shop.convert_base()
    for p in PACKAGES:
        told = shop.convert(NAME + p.name, p.aid,
                            shop.folder / f"{p.name}.cap",
                            p.options(shop.folder))
        if told:
            raise workshop.Failed(f"{p.name} is refused:\n{told}")


def compare(shop):
    """The number of cases and of differences."""
    applets = [p for p in PACKAGES if p.is_applet]
    script = [line for p in applets for line in p.script(shop.folder)]
    card, jvm = shop.answers(script)
    cases = [(p.name, i, i == p.cases) for p in applets
             for i in range(p.cases + 1)]
    if not len(card) == len(jvm) == len(cases):
        raise workshop.Failed(f"{len(cases)} commands, but {len(card)} answers"
                              f" of the card, {len(jvm)} of the JVM")
    failures = 0
    for (name, number, is_last), a, b in zip(cases, card, jvm):
        right = b == NOT_KNOWN if is_last else re.match(r"[\dA-F]+9000$", b)
        if a != b or not right:
            failures += 1
            print(f"{name}, case {number}\ncard {a}\nJVM  {b}\n")
    return len(cases), failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("builder")
    parser.add_argument("runner")
    parser.add_argument("stubs")
    options = parser.parse_args()
    if options.stubs == "none" or not workshop.have_java():
        workshop.skip("no javac to build the classes with")
    with tempfile.TemporaryDirectory() as folder:
        shop = workshop.Workshop(workshop.keep(folder), options.builder,
                                 options.runner, options.stubs)
        try:
            build(shop)
            cases, failures = compare(shop)
        except workshop.Failed as e:
            print(e)
            return 1
        print(f"{len(PACKAGES)} packages, {cases} cases, {failures} "
              "differences")
        return 1 if failures or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
