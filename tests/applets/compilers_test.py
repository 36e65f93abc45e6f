#!/usr/bin/env python3
"""Proves that what compilers of all ages write runs on the card as on a JVM:
the subroutines and accessors of Java 1.1 to 1.4, nests since Java 11, start
values that are computed before, asserts.
Skipped (77) without a compiler."""
import shutil
import struct
import sys
import tempfile

import workshop

SOURCES = workshop.HERE / "java/compilers"
PACKAGE = "org.postcard.corpus."
VALUES = [-32768, -7, -1, 0, 1, 2, 3, 4, 5, 32767]
OLD = ["1.1", "1.4", "1.5", "1.7"]


def old(target):
    """Eclipse's compiler writes for the machines of the last century."""
    return ["ecj", "-proc:none", "-nowarn", "-g", "-source",
            max(target, "1.3"), "-target", target, "-bootclasspath"]


def release(number):
    """With the JDK's library, of which these sources use what a card has."""
    return ["javac", "-Xlint:none", "-nowarn", "-proc:none", "-g",
            "--release", number, "-classpath"]


def javac8():
    return ["javac", *workshop.OPTIONS, "-bootclasspath"]


def plans():
    """Package, number of cases, compiler."""
    for target in OLD:
        yield "subroutines", 7, old(target)
        yield "leaving", 1, old(target)
    yield "subroutines", 7, javac8()
    yield "leaving", 1, javac8()
    for number in ("11", "17"):
        yield "subroutines", 7, release(number)
        yield "nest", 7, release(number)
    for compiler in (old("1.5"), javac8(), release("17")):
        yield "start", 5, compiler


def script(folder, name, cases):
    yield "card"
    yield f"load {folder}/base.cap"
    yield f"load {folder}/{name}.cap"
    yield f"install F0504F5360 F0504F536001 {PACKAGE}{name}.Main"
    yield "select F0504F536001"
    for case in range(cases):
        for value in VALUES:
            data = struct.pack(">i", value).hex()
            yield f"> 8000{case:04X}04{data}00"


def convert(shop, name, compiler):
    """What the converter says against it."""
    files = workshop.java_files(SOURCES / f"org/postcard/corpus/{name}")
    library = f"{shop.stubs}:{shop.classes}"
    workshop.run([*compiler, library, "-d", str(shop.classes), *files],
                 compiler[0])
    return shop.convert(PACKAGE + name, "F0504F5360",
                        shop.folder / f"{name}.cap",
                        ["--exp", str(shop.folder / "base.exp"), "--applet",
                         "F0504F536001=Main"])


def check(shop, name, cases, compiler):
    """How many answers differ, after telling of them."""
    told = convert(shop, name, compiler)
    if told:
        raise workshop.Failed(f"{name} is refused:\n{told}")
    lines = list(script(shop.folder, name, cases))
    commands = [line for line in lines if line.startswith(">")]
    card, jvm = shop.answers(lines)
    differ = [t for t in zip(commands, card, jvm)
              if t[1] != t[2] or not t[2].endswith("9000")]
    for command, a, b in differ:
        print(f"{name}, {' '.join(compiler)}: {command}\ncard {a}\nJVM  {b}")
    if not len(card) == len(jvm) == len(commands):
        raise workshop.Failed(f"{name}: answers are missing")
    return len(differ)


def main():
    builder, runner, stubs = sys.argv[1:4]
    if stubs == "none" or not workshop.have_java() or not shutil.which("ecj"):
        workshop.skip("no javac or ecj to build the classes with")
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        shop = workshop.Workshop(workshop.keep(folder), builder, runner, stubs)
        try:
            shop.compile_host()
            shop.compile(workshop.java_files(workshop.BASE))
            shop.convert_base()
            for name, cases, compiler in plans():
                failures += check(shop, name, cases, compiler)
        except workshop.Failed as e:
            print(e)
            return 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
