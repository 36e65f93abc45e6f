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

import large
import workshop

JAVA = workshop.HERE / "java"
MODERN = workshop.HERE / "modern"
NAME = "org.postcard.corpus."
NOT_KNOWN = "6D00"


class Corpus:
    """A package: its folder, options of the converter, what it imports."""

    def __init__(self, name, number, with_int=False, imports=(), sources=None):
        self.name = name
        self.aid = f"F0504F5353{number:02X}"
        self.with_int = with_int
        self.imports = imports
        self.sources = dict(sources or {})
        text = self.sources.get("Main") or self.read_main()
        self.is_applet = text != ""
        self.cases = len(re.findall(r"^        case \d+:", text, re.M))

    def read_main(self):
        for parent in (JAVA / self.name, MODERN):
            main = parent / NAME.replace(".", "/") / self.name / "Main.java"
            if main.exists():
                return main.read_text()
        return ""

    def exports(self, folder):
        return [folder / f"{i}.exp" for i in ("base", *self.imports)]

    def options(self, folder):
        more = [x for e in self.exports(folder) for x in ("--exp", str(e))]
        if self.is_applet:
            more += ["--applet", f"{self.aid}01={NAME}{self.name}.Main"]
        return more + ["--int"] * self.with_int

    def install(self, folder):
        yield f"load {folder}/{self.name}.cap"
        if self.is_applet:
            yield (f"install {self.aid} {self.aid}01 "
                   f"{NAME}{self.name}.Main")

    def script(self, folder, others):
        yield "card"
        yield f"load {folder}/base.cap"
        for p in [*(others[i] for i in self.imports), self]:
            yield from p.install(folder)
        yield f"select {self.aid}01"
        for i in range(self.cases + 1):
            yield f"> 8001{i:04X}00"

    def write(self, folder):
        """The files of a package that is made, not kept."""
        place = folder / "src" / NAME.replace(".", "/") / self.name
        place.mkdir(parents=True, exist_ok=True)
        for name, text in self.sources.items():
            (place / f"{name}.java").write_text(text)
            yield str(place / f"{name}.java")


PACKAGES = [
    Corpus("arithmetic", 1),
    Corpus("flow", 2),
    Corpus("exceptions", 3),
    Corpus("classes", 4),
    Corpus("inner", 5),
    Corpus("arrays", 6),
    Corpus("ints", 7, with_int=True),
    Corpus("accessors", 8, with_int=True),
    Corpus("library", 9, with_int=True),
    Corpus("server", 10),
    Corpus("client", 11, imports=["server"]),
    Corpus("user", 12, with_int=True, imports=["library"]),
    Corpus("many", 13, sources=large.many_classes()),
    Corpus("fields", 14, with_int=True, sources=large.many_fields(True)),
    Corpus("far", 15, sources=large.far_branches()),
]

# The same sources, and newer ones, in the class files of newer compilers.
RELEASE = "17"
NEWER = [
    Corpus("arithmetic", 1),
    Corpus("flow", 2),
    Corpus("exceptions", 3),
    Corpus("classes", 4),
    Corpus("inner", 5),
    Corpus("accessors", 8),
    Corpus("modern", 16),
]


def convert(shop, packages, postcard):
    base = shop.convert_base()
    if postcard:
        workshop.examine(postcard, base, [])
    for p in packages:
        told = shop.convert(NAME + p.name, p.aid,
                            shop.folder / f"{p.name}.cap",
                            p.options(shop.folder))
        if told:
            raise workshop.Failed(f"{p.name} is refused:\n{told}")
        if postcard:
            workshop.examine(postcard, shop.folder / f"{p.name}.cap",
                             p.exports(shop.folder))


def build(shop, postcard):
    shop.compile_host()
    made = [f for p in PACKAGES for f in p.write(shop.folder)]
    shop.compile(workshop.java_files(JAVA) + made)
    convert(shop, PACKAGES, postcard)


def build_newer(shop, postcard):
    """With the JDK's own library, of which they use what a card has."""
    shop.compile_host()
    shop.compile(workshop.java_files(workshop.BASE))
    files = workshop.java_files(MODERN)
    for p in NEWER:
        files += workshop.java_files(JAVA / p.name)
    workshop.run(["javac", "-Xlint:none", "-nowarn", "-proc:none", "-g",
                  "--release", RELEASE, "-classpath",
                  f"{shop.stubs}:{shop.classes}", "-d", str(shop.classes),
                  *files], f"javac for {RELEASE}")
    convert(shop, NEWER, postcard)


def compare(shop, packages):
    """The number of cases and of differences."""
    applets = [p for p in packages if p.is_applet]
    others = {p.name: p for p in packages}
    script = [line for p in applets
              for line in p.script(shop.folder, others)]
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
    parser.add_argument("--postcard", help="also verify, dump and assemble")
    options = parser.parse_args()
    if options.stubs == "none" or not workshop.have_java():
        workshop.skip("no javac to build the classes with")
    cases = failures = 0
    for what, packages in ((build, PACKAGES), (build_newer, NEWER)):
        with tempfile.TemporaryDirectory() as folder:
            shop = workshop.Workshop(workshop.keep(folder), options.builder,
                                     options.runner, options.stubs)
            try:
                what(shop, options.postcard)
                n, bad = compare(shop, packages)
            except workshop.Failed as e:
                print(e)
                return 1
        cases += n
        failures += bad
    print(f"{len(PACKAGES) + len(NEWER)} packages, {cases} cases, {failures} "
          "differences")
    return 1 if failures or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
