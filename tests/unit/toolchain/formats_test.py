#!/usr/bin/env python3
"""Proves which format of the CAP file is written, when, and what each adds:
the package's name, the Debug component and its entry in Directory (2.2),
mappings of tokens, static resources and the packages that an export file
refers to (2.3); and that virtual methods have the tokens that other converters
give them.  [JCVM 6.4, 6.5, 6.9, 6.15, 6.16, 5.6, 4.3.7.6]

formats_test.py BUILDER JAVA STUBS.JAR       skipped without javac"""
import json
import os
import sys

import capread
from converting import end, expect, stand

TRACED = """\
package org/postcard/debug
class org/postcard/debug/Rules 0E01 extends java/lang/Object in Rules.java
 implements javacard/framework/Shareable
 field LIMIT S 0019 0000012C
 method holds(Ljava/lang/Object;)Z 0401 header 0 code 0
class org/postcard/debug/Traced 0C01 extends java/lang/Object in Traced.java
 implements org/postcard/debug/Rules
 implements javacard/framework/Shareable
 field STEP B 0018 FFFFFFFE
 field total S 0008 00000002
 field none [B 0008 00000000
 field kept Ljava/lang/Object; 0002 00000001
 field seen B 0004 00000000
 method <init>()V 0001 header 2 code {0}
  variable 0 this Lorg/postcard/debug/Traced; 0+{0}
  line 3
 method end()V 0400 header 0 code 0
 method sum([BS)S 0008 header 2 code {1}
  variable 3 i S
  variable 0 from [B 0+{1}
  variable 1 n S 0+{1}
  variable 2 all S
  line 13
  line 14
  line 15
  line 14
  line 16
 method wide(SIS)I 0002 header 2 code {2}
  variable 7 first B
  variable 7 second Ljava/lang/Object;
  variable 0 this Lorg/postcard/debug/Traced; 0+{2}
  variable 1 unused S 0+{2}
  variable 2 a I 0+{2}
  variable 4 b S 0+{2}
  variable 5 product I
  line 20
  line 22
  line 23
  line 26
  line 27
  line 28
  line 30
 method small(S)S 0000 header 2 code {3}
  variable 0 this Lorg/postcard/debug/Traced; 0+{3}
  variable 1 x S 0+{3}
  variable 2 half S
  line 34
  line 35
 method holds(Ljava/lang/Object;)Z 0401 header 0 code 0
"""

LIBRARY = """\
export 2.3 org/postcard/library 1.0 F0504F535403 1
 refers to java/lang 1.0 A0000000620001 1
class 0 0601 org/postcard/library/Sized
 super java/lang/Object
 field 255 0019 ONE B = 1
 method 0 0401 size()S
 cap22 0
class 1 0401 org/postcard/library/Store
 super java/lang/Object
 field 255 0019 LIMIT S = 300
 field 0 0009 shared B
 field 1 000C count S
 field 1 0004 data [B
 field 0 0001 used S
 method 0 0004 <init>(S)V
 method 1 0009 total()S
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 put(B)S
 method 2 0404 check()S
 cap22 3
class 2 0001 org/postcard/library/Summing
 super java/lang/Object
 super org/postcard/library/Store
 interface org/postcard/library/Sized
 method 0 0001 <init>()V
 method 1 0001 <init>(S)V
 method 0 0001 equals(Ljava/lang/Object;)Z
 method 1 0001 put(B)S
 method 2 0004 check()S
 method 3 0001 size()S
 cap22 4
"""


def check_choice(p, library):
    resource = os.path.join(p.folder, "resource")
    with open(resource, "wb") as f:
        f.write(b"held")
    asked = ["--resource", "7=" + resource]
    for more, wanted in (
            ([], "2.1"), (["--debug"], "2.2"), (asked, "2.3"),
            (["--format", "2.2"], "2.2"), (["--format", "2.3"], "2.3"),
            (["--target", "3.0.5"], "2.1"), (["--target", "3.1"], "2.3"),
            (["--target", "3.2", "--format", "2.1"], "2.1"),
            (["--target", "2.2.1", "--debug"], "2.2")):
        cap = p.cap(library, *more)
        expect(f"format for {more}", cap.header()["format"], wanted)
        expect("and in the manifest", f"CAP-File-Version: {wanted}\r\n" in
               cap.manifest, True)
    for more, status, words in (
            (["--format", "2.1", "--debug"], 4,
             "the Debug component came with CAP format 2.2"),
            (["--format", "2.2", *asked], 4,
             "static resources came with CAP format 2.3"),
            (["--format", "2.4"], 2, "2.1, 2.2 or 2.3"),
            (["--target", "2.1.2", "--debug"], 4, "came with Java Card 2.2.1"),
            (["--target", "3.0.5", "--format", "2.3"], 4,
             "came with Java Card 3.1"),
            ([*asked, *asked], 4, "two resources with the number 7"),
            (["--resource", "70000=x"], 2, "--resource wants"),
            (["--resource", "7=" + resource + "?"], 2, "resource?")):
        run = p.convert(library, *more)
        expect(f"status of {more}", run.returncode, status)
        expect(f"words on {more}: {run.stderr}", words in run.stderr, True)
        expect("nothing is written", os.path.exists(p.out), False)


def check_sizes(p, library):
    resource = os.path.join(p.folder, "resource")
    for more, minor, size in (([], 1, 31), (["--debug"], 2, 33),
                              (["--format", "2.3"], 3, 37),
                              (["--debug", "--resource", "9=" + resource,
                                "--resource", "1=" + resource], 3, 37)):
        cap = p.cap(library, *more)
        sizes, rest = cap.directory()
        expect("size of Directory", len(cap.info[2]), size)
        expect(f"sizes with {more}", {t: n for t, n in sizes.items() if n},
               {t: len(i) for t, i in cap.info.items()})
        expect("the rest of Directory", rest.hex(),
               "0003" "0000" "0000" "02" "00" "00")
        expect("the name", cap.header()["name"],
               "org/postcard/library" if minor > 1 else None)
        expect("StaticResources", cap.resources() if 13 in cap.info else None,
               {9: b"held", 1: b"held"} if len(more) > 2 else None)
    expect("file names", [f.split("/")[-1] for f in cap.files],
           ["MANIFEST.MF"] + [n + ".cap" for n in capread.NAMES[1:3] +
                              capread.NAMES[4:13]] + ["StaticResources.capx"])


def check_classes(p, library):
    plain = p.cap(library).classes()
    expect("offsets behind the signature pool",
           [c["at"] for c in p.cap(library, "--format", "2.2").classes()],
           [c["at"] + 2 for c in plain])
    mapped = p.cap(library, "--format", "2.3").classes()
    expect("mappings", [(c["map"], c["cap22"]) for c in mapped[1:]],
           [([0, 255, 255], 3), ([0, 1, 2, 255], 4)])
    expect("export file of 2.3",
           "\n".join(capread.export_file(p.out[:-4] + ".exp")) + "\n", LIBRARY)
    p.cap(library, "--format", "2.2")
    expect("format of an export file without remote types",
           capread.export_file(p.out[:-4] + ".exp")[0].split()[1], "2.1")


def outline(lines):
    """Ranges go by the code's form; whole methods and lines do not."""
    sizes, found = [], []
    for text in lines:
        words = text.split(" ")
        size = str(sizes[-1]) if sizes else "?"
        if text.startswith(" method") and words[-1] != "0":
            sizes.append(int(words[-1]))
            words[-1] = f"{{{len(sizes) - 1}}}"
        elif text.startswith("  variable"):
            if words[-1] == "0+" + size:
                words[-1] = f"0+{{{len(sizes) - 1}}}"
            else:
                words.pop()
        elif text.startswith("  line"):
            del words[3]
        found.append(" ".join(words))
    return "\n".join(found) + "\n"


def check_ranges(lines):
    """Lines tile the code; a variable lies within it, and two that share a
    cell do not meet."""
    at, size, held = 0, 0, []
    for text in [*lines, " method end code 0"]:
        words = text.split()
        if words[0] == "method":
            expect("lines reach the end", at, size)
            at, size, held = 0, int(words[-1]), []
        elif words[0] == "line":
            first, last = map(int, words[1].split("-"))
            expect(f"the line before {text}", first, at)
            at = last + 1
        elif words[0] == "variable":
            start, n = map(int, words[4].split("+"))
            expect(f"{text} ends in time", 0 < n and start + n <= size, True)
            wide = 2 if words[3] == "I" else 1
            mine = {(int(words[1]) + c, pc) for c in range(wide)
                    for pc in range(start, start + n)}
            expect(f"{text} has its cells alone",
                   any(mine & other for other in held), False)
            held.append(mine)


def check_debug(p):
    lines = p.cap(p.compile("debug"), "--debug", "--int").debug()
    expect("names, kinds and lines", outline(lines), TRACED)
    check_ranges(lines)
    check_ranges(p.cap(p.compile("shapes"), "--debug", "--applet",
                       "F0504F53540301=ShapesApplet").debug())


def check_order(p):
    p.cap(p.compile("ordered"))
    lines = capread.export_file(p.out[:-4] + ".exp")
    expect("tokens of virtual methods",
           [line.strip() for line in lines if line.endswith("()S")],
           ["method 1 0014 guarded()S", "method 2 0011 closed()S",
            "method 3 0001 plain()S", "method 4 0004 open()S"])


def check_json(p, library):
    run = p.convert(library, "--target", "3.1", "--json")
    told = json.loads(run.stdout)
    expect("--json", {k: told[k] for k in ("format", "imports", "exports")}, {
        "format": "2.3",
        "imports": [{"package": "java/lang", "aid": "A0000000620001",
                     "version": "1.0"},
                    {"package": "javacard/framework",
                     "aid": "A0000000620101", "version": "1.8"}],
        "exports": ["org/postcard/library/" + n
                    for n in ("Sized", "Store", "Summing")]})


def main():
    with stand(*sys.argv[1:4]) as p:
        library = p.compile("library")
        check_choice(p, library)
        check_sizes(p, library)
        check_classes(p, library)
        check_debug(p)
        check_json(p, library)
        check_order(p)
    return end()


if __name__ == "__main__":
    sys.exit(main())
