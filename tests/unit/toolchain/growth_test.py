#!/usr/bin/env python3
"""Proves that a library grows without harm: with the previous version's export
file every public name keeps its token, new ones come after, what heirs take
over of a grown superclass is mapped (2.3), and whatever would break users of
the previous version is refused.  [JCVM 4.4, 4.5, 6.9.2.7]

growth_test.py BUILDER JAVA STUBS.JAR       skipped without javac"""
import os
import shutil
import sys

import capread
from converting import end, expect, stand

FIRST = """\
export 2.3 org/postcard/grown 1.0 F0504F535403 1
 refers to java/lang 1.0 A0000000620001 1
class 0 0001 org/postcard/grown/Base
 super java/lang/Object
 field 0 0009 counted S
 field 0 0004 level B
 field 1 0001 held Ljava/lang/Object;
 method 0 0001 <init>()V
 method 1 0009 one()S
 method 2 0009 asked(Lorg/postcard/grown/Base;)S
 method 3 0009 ask(Lorg/postcard/grown/Base;)S
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 first()S
 method 2 0004 second()S
 cap22 3
class 1 0001 org/postcard/grown/Heir
 super java/lang/Object
 super org/postcard/grown/Base
 method 0 0001 <init>()V
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 first()S
 method 2 0004 second()S
 method 3 0001 third()S
 cap22 4
class 2 0011 org/postcard/grown/Sealed
 super java/lang/Object
 method 0 0001 <init>()V
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 last()S
 cap22 2
"""

SECOND = """\
export 2.3 org/postcard/grown 1.1 F0504F535403 1
 refers to java/lang 1.0 A0000000620001 1
class 0 0001 org/postcard/grown/Base
 super java/lang/Object
 field 0 0004 level B
 field 0 0009 counted S
 field 1 0001 held Ljava/lang/Object;
 field 1 0009 added B
 field 2 0001 more Ljava/lang/Object;
 method 0 0001 <init>()V
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 first()S
 method 1 0009 one()S
 method 2 0009 asked(Lorg/postcard/grown/Base;)S
 method 3 0009 ask(Lorg/postcard/grown/Base;)S
 method 4 0001 <init>(S)V
 method 2 0004 second()S
 method 3 0001 fourth()S
 method 5 0009 none()S
 cap22 3
class 1 0001 org/postcard/grown/Heir
 super java/lang/Object
 super org/postcard/grown/Base
 method 0 0001 <init>()V
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 first()S
 method 2 0004 second()S
 method 3 0001 third()S
 method 4 0001 fourth()S
 method 5 0001 fifth()S
 cap22 4
class 2 0011 org/postcard/grown/Sealed
 super java/lang/Object
 method 0 0001 <init>()V
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 last()S
 method 2 0001 before()S
 cap22 3
class 3 0001 org/postcard/grown/Abler
 super java/lang/Object
 super org/postcard/grown/Base
 super org/postcard/grown/Heir
 method 0 0001 <init>()V
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 first()S
 method 2 0004 second()S
 method 3 0001 third()S
 method 4 0001 fourth()S
 method 5 0001 fifth()S
 cap22 6
"""

VIRTUAL = 3  # a constant's tag

# Tokens of Base, Heir and Abler by those of their superclasses; of Sealed.
MAPS = [([0, 255, 255, 255], 3), ([0, 1, 2, 255, 3, 255], 4),
        ([0, 1, 2, 3, 4, 5], 6), ([0, 255, 255], 3)]



def sorted_members(text):
    """Members of a class in any order."""
    out, block = [], []
    for line in text.splitlines():
        if line.startswith((" field", " method")):
            block.append(line)
            continue
        out += sorted(block) + [line]
        block = []
    return "\n".join(out + sorted(block)) + "\n"


def exported(path):
    return "\n".join(capread.export_file(path)) + "\n"


def refused(p, what, classes, *more):
    run = p.convert(classes, *more)
    expect(f"{what}: status", run.returncode, 4)
    return run.stderr


def check_grown(p, second, previous):
    grown = ["--version", "1.1", "--previous", previous]
    cap = p.cap(second, "--format", "2.3", *grown)
    expect("the second version", sorted_members(exported(
        p.keep_export("second.exp"))), sorted_members(SECOND))
    classes = cap.classes()
    expect("mappings", [(c["map"], c["cap22"]) for c in classes], MAPS)
    base, heir = classes[0], classes[1]
    expect("the heir takes over what its superclass has new",
           (heir["base"], heir["public"][3], heir["public"][1]),
           (1, base["public"][2], base["public"][1]))
    expect("a call names the class that declares the method",
           [e for e in cap.pool() if e[0] == VIRTUAL and 1 < e[2] < 0x80],
           [(VIRTUAL, base["at"], 3)])
    told = refused(p, "without mappings", second, *grown)
    expect("which method needs 2.3", "that fourth now needs in its superclass"
           in told and "--format 2.3" in told, True)


def check_versions(p, second, previous):
    for version, good in (("1.0", False), ("2.1", False), ("1.2", True)):
        run = p.convert(second, "--format", "2.3", "--previous", previous,
                        "--version", version)
        expect(f"version {version}", run.returncode, 0 if good else 4)
        expect("and why", "cannot follow 1.0" in run.stderr, not good)
    told = refused(p, "another package", p.compile("library"), "--previous",
                   previous, "--version", "1.1")
    expect("of what package it is", "of package org.postcard.grown" in told,
           True)
    expect("not an export file", "not an export file" in refused(
        p, "a CAP file", second, "--previous", p.out.replace("x.cap", "junk"),
        "--version", "1.1"), True)


# What changes, in which file, and what is said about it.
CHANGES = [
    ("a method in an open class", "Heir.java", "public short third",
     "public short fourth() { return 4; } public short third",
     "Heir.fourth is new in a class that others may have extended, which "
     "needs --format 2.3"),
    ("a final method", "Heir.java", "public short third",
     "public final short third", "Heir.third has become final or abstract"),
    ("a field less open", "Base.java", "public Object held",
     "protected Object held", "Base.held is no longer public"),
    ("a field in between", "Base.java", "protected byte level;",
     "protected byte level, wedge;", "Base.held would move to another token"),
    ("a class less open", "Sealed.java", "public final class",
     "final class", "class org.postcard.grown.Sealed of version 1.0 is gone"),
    ("a method less", "Heir.java", "public short third", "short third",
     "class org.postcard.grown.Heir has no method third any more"),
    ("a method bound", "Heir.java", "public short third",
     "public static short third", "has no method third any more"),
    ("a static method less", "Base.java", "public static short one",
     "static short one", "Base.one is gone"),
    ("a static field less", "Base.java", "public static short counted",
     "static short counted", "Base.counted is gone"),
    ("another superclass", "Heir.java", "extends Base", "",
     "has no method second any more"),
]


def check_single(p, previous):
    """Each change alone is told with the member's name."""
    for what, name, old, new, words in CHANGES:
        changed = os.path.join(p.folder, "changed", what)
        shutil.copytree(os.path.join(p.java, "grown/first"), changed)
        path = os.path.join(changed, "org/postcard/grown", name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        expect(f"{what} can be made", old in text, True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new, 1))
        told = refused(p, what, p.compile(changed), "--version", "1.1",
                       "--previous", previous)
        expect(f"{what}: {told}", words in told, True)


def main():
    with stand(*sys.argv[1:4]) as p:
        first, second = p.compile("grown/first"), p.compile("grown/second")
        with open(f"{p.folder}/junk", "wb") as f:
            f.write(b"junk")
        p.cap(first, "--format", "2.3")
        previous = p.keep_export("first.exp")
        expect("the first version", sorted_members(exported(previous)),
               sorted_members(FIRST))
        p.cap(first, "--previous", previous, "--version", "1.1")
        check_grown(p, second, previous)
        check_versions(p, second, previous)
        check_single(p, previous)
    return end()


if __name__ == "__main__":
    sys.exit(main())
