#!/usr/bin/env python3
"""Proves of CAP files with each habit that files in the wild have, one row a
habit: the verifier takes the file, a card loads and installs it, and the
applet answers what it was written to answer; the same on a second card to
which every component is sent, Descriptor, Debug and custom ones too.

habits_test.py POSTCARD CARD_RUNNER [ROW]      ROW: only those that have it"""
import pathlib
import struct
import sys
import tempfile

import shapes
import workshop
from shapes import ANSWER, DEFLATED, STORED, Entry, ask, swap, with_debug
from workshop import Failed

PACKAGE, APPLET = "F0504F5348", "F0504F534801"
LIBRARY = "F0504F5349"
COMMAND = "> 8000000000"
CUSTOM = 128  # the tag of a component that no specification knows
ROWS = []


class Row:
    """What is loaded, and how the answers come."""

    def __init__(self, *texts, answer=ANSWER, wrap=None, change=None,
                 script=None, holds=None, verified=True):
        self.texts = texts
        self.wrap = wrap or (lambda parts: archive_of(parts))
        self.change = change or (lambda parts: parts)
        self.script = script or [
            f"install {PACKAGE} {APPLET} x", f"select {APPLET}", COMMAND]
        self.answers = [answer] if isinstance(answer, str) else answer
        self.holds = holds  # (maker): the file has the habit
        self.verified = verified

    def run(self, maker):
        """The lines of a script for the card."""
        if self.holds and not self.holds(maker):
            raise Failed("the file has not the habit that it is to have")
        lean, whole = ["card"], ["card"]
        for text in self.texts:
            parts = self.change(maker.parts(text))
            cap = maker.write(shapes.archive(self.wrap(parts)))
            if self.verified or text is self.texts[0]:
                maker.verify(cap)
            lean.append(f"load {cap}")
            everything = shapes.block(parts, shapes.SENT + [CUSTOM])
            whole.append(f"block {shapes.package_aid(parts)} "
                         f"{maker.write(everything, '.load')}")
        return lean + self.script + whole + self.script


def row(name, *texts, **more):
    ROWS.append((name, Row(*(texts or [ask()]), **more)))


# ---- archives ----

MANIFEST = """Manifest-Version: 1.0\r
Created-By: a test\r
\r
Name: org.postcard.habits\r
Java-Card-CAP-Creation-Time: Thu Jan 01 00:00:00 UTC 1970\r
Java-Card-Converter-Version: 1.3\r
Java-Card-CAP-File-Version: 2.1\r
Java-Card-Package-AID: 0xf0:0x50:0x4f:0x53:0x48\r
Java-Card-Package-Name: org.postcard.habits\r
Java-Card-Applet-1-AID: 0xf0:0x50:0x4f:0x53:0x48:0x01\r
Java-Card-Applet-1-Name: Habit\r
Java-Card-Imported-Package-1-AID: 0xa0:0x00:0x00:0x00:0x62:0x01:0x01\r
Java-Card-Imported-Package-1-Version: 1.0\r
Java-Card-Integer-Support-Required: FALSE\r
\r
"""


def archive_of(parts, method=STORED, flags=0, folder=None):
    """The components alone, in the order of archives."""
    return [Entry(name if folder is None
                  else f"{folder}/{pathlib.PurePath(name).name}",
                  data, method, flags)
            for tag, name, data in sorted(parts, key=lambda p: p[0])]


def late(name, data, **more):
    """An entry as jars have theirs: packed, its sums behind it."""
    return Entry(name, data, DEFLATED,
                 shapes.DESCRIPTOR_BIT | more.pop("flags", 0), **more)


def jar(parts, manifest=MANIFEST, between=(), behind=(), **more):
    """A manifest with the mark of a jar, then the components and others."""
    return [late("META-INF/", b"", extra=shapes.CAFE),
            late("META-INF/MANIFEST.MF", manifest.encode()), *between,
            *archive_of(parts, **more), *behind]


def folder_of(depth):
    """A row's: the components lie that deep, javacard included."""
    folders = ["org", "postcard", "habits", "and", "some", "more"]
    folder = "/".join(folders[:depth - 1] + ["javacard"])
    return lambda parts: archive_of(parts, folder=folder)


def archives():
    noise = bytes(range(256)) * 5
    classes = [late("APPLET-INF/applet.xml", b"<applet-app/>"),
               late("APPLET-INF/classes/org/postcard/habits/Habit.class",
                    noise)]
    there = "org/postcard/habits/"
    row("no META-INF, component first", wrap=archive_of)
    row("manifest first, CAFE on the first entry", wrap=jar)
    row("components deflated", wrap=lambda p: archive_of(p, DEFLATED))
    row("components deflated, sums behind", wrap=lambda p: archive_of(
        p, DEFLATED, shapes.DESCRIPTOR_BIT))
    row("components stored, sums behind", wrap=lambda p: archive_of(
        p, STORED, shapes.DESCRIPTOR_BIT))
    row("names in UTF-8", wrap=lambda p: jar(p, flags=shapes.UTF8_BIT))
    row("CAFE on a component", wrap=lambda p: [
        Entry(f"{there}javacard/Note.txt", b"", extra=shapes.CAFE),
        *archive_of(p)])
    for depth in range(2, 8):
        row(f"path depth {depth}", wrap=folder_of(depth))
    row("APPLET-INF", wrap=lambda p: jar(p, between=classes))
    row("META-INF/javacard.xml", wrap=lambda p: jar(
        p, between=[late("META-INF/javacard.xml", b"<javacard-app/>")]))
    row("classes at their path", wrap=lambda p: jar(p, behind=[
        late(there + n, noise) for n in ("Habit.class", "Class.class")]))
    row("a name that ends as a component's", wrap=lambda p: jar(
        p, between=[late(there + "MyClass.cap", noise)]))
    row("names in small letters", wrap=lambda p: archive_of(
        [(tag, name.lower(), data) for tag, name, data in p]))
    row("components from the last to the first",
        wrap=lambda p: archive_of(p)[::-1])
    row("manifest with the guide's Import-Package", wrap=lambda p: jar(
        p, MANIFEST.replace("Imported-Package", "Import-Package")))
    row("manifest of 3.0, more in its main section", wrap=lambda p: jar(
        p, MANIFEST.replace("Created-By: a test", "Created-By: a test\r\n"
                            "Application-Type: classic-applet\r\n"
                            "Classic-Package-AID: //aid/F0504F5348/\r\n"
                            "Runtime-Descriptor-Version: 3.0\r\nSealed: true"
                            ).replace("1.3", "[v3.0.4]")))
    row("manifest that lies", wrap=lambda p: jar(
        p, MANIFEST.replace("0x48", "0x77").replace("2.1", "2.3")))


# ---- formats ----

def formats():
    named = {"name": 'package_name "org/postcard/habits"'}
    row("format 2.1", holds=lambda m: version(m, ask()) == (1, 2))
    row("format 2.2", ask("2.2", **named))
    row("format 2.3", ask("2.3"), holds=lambda m: version(
        m, ask("2.3")) == (3, 2))
    row("format 2.2, Debug present", with_debug(ask("2.2", **named)))
    row("format 2.3, Debug alone has the names", with_debug(ask("2.3")),
        holds=lambda m: m.part(with_debug(ask("2.3")), 1)[-1] == 0)
    script = ["install F0504F5356 F0504F535601 x", "select F0504F535601",
              "> 0001000000", "> 0003050000"]
    said = ["00759000", "00109000"]
    row("format 2.3 extended", shapes.FAMILY, script=script, answer=said)
    private = hidden_family()
    row("extended, no package in Header, three in Descriptor", private,
        script=script, answer=said,
        holds=lambda m: b"\xF0\x50\x4F\x53\x56\xA1" not in m.part(private, 1)
        and m.part(private, 11)[0] == 3)


def version(maker, text):
    return tuple(maker.part(text, 1)[4:6])


def hidden_family():
    """The extended file with no package that others could import."""
    text = swap(shapes.FAMILY, ("    package 1.3 F0504F5356A1\n", ""),
                ("    package 2.0 F0504F5356A2\n", ""),
                ('    package_name "org/postcard/base"\n', ""),
                ('    package_name "org/postcard/heir"\n', ""))
    return shapes.without(text, "Export")


# ---- what packages hold ----

def library():
    """No applet: a class that others import."""
    text = "\n".join(["CAP 2.1", 'path "org/postcard/library/javacard"',
        "Header { package 1.0 " + LIBRARY + " }", "Directory { }",
        "Import { lang: package 1.0 A0000000620001 }", "ConstantPool { }",
        "Class { class Shelf {", "super_class_ref java/lang/Object",
        "public_method_table_base 1", "} }",
        "Method { method three max_stack 1 nargs 0 {", "sconst_3", "sreturn",
        "} }", "StaticField { }", "ReferenceLocation { }",
        "Export { class Shelf { static_method_offsets three } }",
        "Descriptor { class 0 PUBLIC Shelf {",
        "method 0 PUBLIC|STATIC three ()short", "} }", ""])
    client = ask("2.1", **{"import": f"shelf: package 1.0 {LIBRARY}"},
                 pool="three: StaticMethodref shelf.0.0",
                 code="invokestatic three\nsreturn")
    row("no applet, Export present", text,
        shapes.without(client, "Descriptor"),
        answer="00039000", verified=False)


def exported():
    text = swap(ask(**{"class": "interface Face SHAREABLE {\n"
                       "superinterfaces fw.2\n}",
                       "export": "Export { class Face\n}",
                       "described": "class 0 PUBLIC|INTERFACE|ABSTRACT Face {"
                                    "\nmethod 0 PUBLIC|ABSTRACT 0 ()short\n}"}),
                ("class 0 PUBLIC Habit", "class none 0 Habit"))
    row("Applet and Export together", text)


def applets():
    for count in (2, 6, 20):
        aids = [f"{PACKAGE}{n:02X}" for n in range(1, count + 1)]
        text = ask(applet="\n".join(f"applet {a} install" for a in aids[1:]))
        row(f"{count} applets", text, answer=[ANSWER] * count, script=[
            x for a in aids for x in (f"install {PACKAGE} {a} x",
                                      f"select {a}", COMMAND)])
    row("1 applet", holds=lambda m: m.part(ask(), 3)[0] == 1)


def constants():
    text = ask(pool="again: StaticFieldref 0\nonce_more: StaticFieldref 0\n"
               "count_again: InstanceFieldref Habit 1",
               code="aload_0\n" + swap(shapes.WORK, ("count", "count_again"),
                                       ("bytes", "once_more")))
    row("duplicate constants", text)
    row("a custom component", ask(
        file="custom %d { AID F0504F535401; raw 0102030405 }" % CUSTOM))
    row("static resources", ask(
        "2.3", file="StaticResources {\n    resource 1 CAFEBABE\n}"))
    row("int", ask(code="iipush 70000\niconst_1\niadd\ni2s\nsreturn"),
        answer="11719000")
    far = ask(code="\n".join(["nop"] * 700 + ["aload_0", shapes.WORK]))
    row("255 in RefLocation", far, holds=lambda m: b"\xFF\xFF" in m.part(
        far, 9))
    row("constants' types are offsets, fields' are not", holds=types_differ)


def types_differ(maker):
    """The short field: 8004 where Descriptor declares it, 12 entries of the
    pool with no such mark."""
    info = maker.part(ask(), 11)
    at = info.index(struct.pack(">H", 12), info.rindex(b"\x80\x04"))
    kinds = struct.unpack_from(">12H", info, at + 2)
    return kinds[0] != 0xFFFF and all(
        k == 0xFFFF or k < 0x8000 for k in kinds)


def statics():
    arrays = ask(
        static="array_init boolean 0001\narray_init short 00010203\n"
               "array_init int 0000000100011170",
        pool="flags: StaticFieldref 2\nshorts: StaticFieldref 4\n"
             "ints: StaticFieldref 6",
        field="field none STATIC 2 boolean[]\nfield none STATIC 4 short[]\n"
              "field none STATIC 6 int[]",
        code="getstatic_a flags\nsconst_1\nbaload\n"
             "getstatic_a shorts\nsconst_1\nsaload\nsadd\n"
             "getstatic_a ints\nsconst_1\niaload\ni2s\nsadd\n"
             "getstatic_a bytes\nsconst_1\nbaload\nsadd\nsreturn")
    row("array_init of each type", arrays, answer="139D9000")
    values = ask(static="default_value_count 2\nnon_default_values 0102FE",
                 pool="first: StaticFieldref 2\nsecond: StaticFieldref 4\n"
                      "third: StaticFieldref 6",
                 field="field none STATIC 2 short\nfield none STATIC 4 short\n"
                       "field none STATIC 6 byte",
                 code="getstatic_s first\ngetstatic_s second\nsadd\n"
                      "getstatic_b third\nsadd\nsreturn")
    row("primitive statics with values", values, answer="01009000")


def classes():
    gap = swap(ask(static="default_value_count 2",
                   pool="left: StaticFieldref 2",
                   field="field none STATIC 2 short",
                   code="getstatic_s left\nsreturn",
                   method="method deselect max_stack 1 nargs 1 {\nbspush 77\n"
                          "putstatic_s left\nreturn\n}",
                   said="method 4 PUBLIC deselect ()void"),
               ("public_method_table_base 7", "public_method_table_base 4"),
               ("method_table process",
                "method_table deselect none none process"))
    row("FFFF in class_info", gap, answer=["00009000", "004D9000"], script=[
        f"install {PACKAGE} {APPLET} x", f"select {APPLET}", COMMAND,
        f"select {APPLET}", COMMAND],
        holds=lambda m: b"\xFF\xFF\xFF\xFF" in m.part(gap, 6))
    row("package-visible virtual references", ask(
        **{"class": "class Pack {\nsuper_class_ref java/lang/Object\n"
                    "public_method_table_base 1\n"
                    "package_virtual_method_table hidden\n}"},
        pool="pack: Classref Pack\npack_init: StaticMethodref pack_init\n"
             "hidden: VirtualMethodref Pack 128",
        method="method pack_init max_stack 1 nargs 1 {\naload_0\n"
               "invokespecial object_init\nreturn\n}\n"
               "method hidden max_stack 1 nargs 1 {\nbspush 99\nsreturn\n}",
        described="class none 0 Pack {\nmethod none INIT pack_init ()void\n"
                  "method 128 0 hidden ()short\n}",
        code="new pack\ndup\ninvokespecial pack_init\ninvokevirtual hidden\n"
             "sreturn"), answer="00639000")


def largest():
    """53,955 bytes of Method, 1,001 constants, 7 imports, 70 tokens, and a
    load beyond what two bytes of length say."""
    tokens = range(1, 71)
    more = {"import": "\n".join(
        f"package {v} {a}" for v, a in (
            ("1.0", "A0000000620102"), ("1.0", "A0000000620201"),
            ("1.0", "A0000000620002"), ("1.0", "A0000000620003"),
            ("1.0", "A000000062010101"))),
        "class": "class Many {\nsuper_class_ref java/lang/Object\n"
                 "public_method_table_base 1\npublic_virtual_method_table "
                 + " ".join(f"m{t}" for t in tokens) + "\n}"}
    extra = 1001 - 12 - 3
    text = ask("2.2", **more, static="array_init byte " + "5A" * 11211,
               field="field none STATIC 2 byte[]",
               pool="many: Classref Many\n"
                    "many_init: StaticMethodref many_init\n"
                    "last: VirtualMethodref Many 70\n"
                    + "StaticFieldref 0\n" * extra,
               described="class none 0 Many {\n"
                         "method none INIT many_init ()void\n" + "\n".join(
                   f"method {t} PUBLIC m{t} ()short" for t in tokens) + "\n}",
               method="\n".join(f"method m{t} max_stack 1 nargs 1 {{\n"
                                f"bspush {t}\nsreturn\n}}" for t in tokens)
                      + "\nmethod many_init max_stack 1 nargs 1 {\n"
                      "aload_0\n"
                      "invokespecial object_init\nreturn\n}\n"
                      "method long max_stack 0 nargs 0 {\n"
                      + "nop\n" * 27000 + "return\n}\n"
                      "method longer max_stack 0 nargs 0 {\n"
                      + "nop\n" * LEFT + "return\n}",
               said="method none STATIC long ()void\n"
                    "method none STATIC longer ()void",
               code="new many\ndup\ninvokespecial many_init\n"
                    "invokevirtual last\nsreturn")
    row("the largest seen", text, answer="00469000", holds=lambda m: (
        len(m.part(text, 7)), m.part(text, 5)[:2], m.part(text, 4)[0]) ==
        (53955, b"\x03\xE9", 7) and sum(
            len(b) for t, _, b in m.parts(text) if t < 11) == 69531)


LEFT = 26525  # bytes that make the Method component as long as it is to be


# ---- deviations ----

def first_converter(parts):
    """Its field_ref of an instance field holds twice the token where the
    class stands: token 1 of the class at 0 is at 2."""
    right, wrong = (bytes.fromhex(f"0102000{n}018004") for n in (0, 2))
    if sum(right in data for _, _, data in parts) != 1:
        raise Failed("no field with token 1 in Descriptor")
    return [(t, n, d.replace(right, wrong)) for t, n, d in parts]


def remote_heir():
    """Debug repeats the remote interfaces of the class above, Class has only
    the one that is added."""
    text = with_debug(ask(
        "2.2", name='package_name "org/postcard/habits"',
        **{"import": "rmi: package 1.0 A0000000620003",
           "class": "interface Face\ninterface Far REMOTE {\n"
                    "superinterfaces rmi.0\ninterface_name "
                    '"org/postcard/habits/Far"\n}\n'
                    "class Near REMOTE {\nsuper_class_ref java/lang/Object\n"
                    "public_method_table_base 1\n"
                    "implemented_interface Far\n"
                    "implemented_interface rmi.0\n"
                    "remote_interface_info {\nhash_modifier \"\"\n"
                    'class_name "Near"\nremote_interfaces Far\n}\n}\n'
                    "class Heir REMOTE {\nsuper_class_ref Near\n"
                    "public_method_table_base 1\n"
                    "implemented_interface Face\n"
                    "remote_interface_info {\nhash_modifier \"\"\n"
                    'class_name "Heir"\nremote_interfaces Far\n}\n}',
           "described": "class none INTERFACE|ABSTRACT Face {\n}\n"
                        "class none INTERFACE|ABSTRACT Far {\n}\n"
                        "class none 0 Near {\ninterfaces Far rmi.0\n}\n"
                        "class none 0 Heir {\ninterfaces Face\n}"}))
    row("RMI, Debug with more interfaces than Class", swap(
        text, ('source_file "Heir.java"',
               'source_file "Heir.java"\ninterface_names "Face" "Far"')))


def deviations():
    row("converter 2.1.1, twice the token in field_ref",
        change=first_converter)
    remote_heir()


def main():
    postcard, runner = sys.argv[1:3]
    for make in (archives, formats, library, exported, applets, constants,
                 statics, classes, largest, deviations):
        make()
    chosen = [(n, r) for n, r in ROWS if all(w in n for w in sys.argv[3:])]
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        maker = shapes.Maker(postcard, folder)
        shop = workshop.Workshop(folder, None, runner, None)
        for name, r in chosen:
            try:
                said = shop.card_answers(r.run(maker))
                if said != 2 * r.answers:
                    raise Failed(f"{said} instead of twice {r.answers}")
            except Failed as e:
                print(f"{name}: {e}")
                wrong += 1
    print(f"{len(chosen)} habits, {wrong} not taken")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
