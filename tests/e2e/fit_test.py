#!/usr/bin/env python3
"""Proves that `cap info --card` says of a file and a card what loading it says:
for files that fit, that want a library the card has not or has too old, that
call methods it has not, that are too large, whose AIDs are taken, for ill-typed
code and for the extended format; each reason named, all at once; that a file
of more than 64 KiB is loaded; and that `cap info` counts what all packages of an
extended file hold.  Skipped (77) without javac.
"""
import json
import pathlib
import shutil
import sys
import tempfile

import captext
from processes import ROOT, run, run_json

DONE, REFUSED = 0, 4
PLAIN = """package fit.plain;
import javacard.framework.*;
public class Plain extends Applet {
    public static void install(byte[] b, short o, byte n) {
        new Plain().register();
    }
    public void process(APDU apdu) {}
}
"""
LIBRARY = """package fit.lib;
public class Lib {
    public static short twice(short n) { return (short) (2 * n); }
}
"""
USER = """package fit.user;
import javacard.framework.*;
import fit.lib.Lib;
public class User extends Applet {
    public static void install(byte[] b, short o, byte n) {
        new User().register();
    }
    public void process(APDU apdu) {
        apdu.getBuffer()[0] = (byte) Lib.twice((short) 4);
    }
}
"""
TELEPHONE = """package fit.telephone;
import javacard.framework.*;
import sim.toolkit.*;
public class Telephone extends Applet {
    private ProactiveHandler p;
    private Own own;
    static class Own extends Applet {
        public void process(APDU apdu) {}
    }
    public static void install(byte[] b, short o, byte n) {
        new Telephone().register();
    }
    public void process(APDU apdu) {
        p = ProactiveHandler.getTheHandler();
        ProactiveHandler.getTheHandler();
        ToolkitException.throwIt((short) 1);
    }
}
"""
HUNGRY = """package fit.hungry;
import javacard.framework.*;
public class Hungry extends Applet {
    private byte[] a = new byte[30000];
    private byte[] b = new byte[30000];
    public static void install(byte[] b, short o, byte n) {
        new Hungry().register();
    }
    public void process(APDU apdu) {}
}
"""


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def build(folder, name, text, aid, *more):
    source = folder / name / f"{name.capitalize()}.java"
    source.parent.mkdir(exist_ok=True)
    source.write_text(text)
    cap = folder / f"{name}.cap"
    if "extends Applet" in text:
        more += ("--applet", f"{aid}01=fit.{name}.{name.capitalize()}")
    run("build", source.parent, "--package", aid, "-o", cap, *more)
    return cap


def verdict(cap, card, *words):
    """What info says, after it is held against what a load does."""
    before = card.read_bytes()
    result = run("cap", "info", cap, "--card", card, "--json", expect=None)
    same("the card stays as it is", card.read_bytes() == before, True)
    fits = result.returncode == DONE
    copy = card.with_suffix(".copy")
    shutil.copy(card, copy)
    loaded = run("install", cap, "--card", copy, expect=None) \
        if len(run_json("cap", "info", cap)["applets"]) == 1 else \
        run("load", cap, "--card", copy, expect=None)
    same(f"{cap.name}: {result.stdout}{result.stderr}\n{loaded.stderr}\n"
         "fits is loads", fits, loaded.returncode == DONE)
    problems = json.loads(result.stdout)["fit"]["problems"]
    same(f"{cap.name}: a problem for each refusal, {problems}",
         len(problems) > 0, not fits)
    for word in words:
        if not any(word in p for p in problems):
            sys.exit(f"{cap.name}: nothing of '{word}' in {problems}")
    return problems


def main():
    if shutil.which("javac") is None:
        print("skipped: there is no javac")
        return 77
    with tempfile.TemporaryDirectory() as name:
        stories(pathlib.Path(name))
    print("fit: ok")
    return 0


def stories(folder):
    card = folder / "my.card"
    run("card", "new", card, "--memory", "128K")
    plain = build(folder, "plain", PLAIN, "F0504F530010")
    same("plain fits", verdict(plain, card), [])
    info = run_json("cap", "info", plain, "--card", card)
    free = run("card", "check", card, "--dump", "--counters").stdout
    run("load", plain, "--card", card)
    left = run("card", "check", card, "--dump", "--counters").stdout

    def memory(dump):
        line = [x for x in dump.splitlines() if x.startswith("memory")][0]
        return int(line.split(" free=")[1].split()[0])
    same("bytes once loaded, foretold", info["memory"]["load"],
         memory(free) - memory(left))
    verdict(plain, card, "F0504F530010, is taken by a package of version 1.0")

    library = build(folder, "lib", LIBRARY, "F0504F530020", "--version", "1.1")
    exp = folder / "lib.exp"
    user = build(folder, "user", USER, "F0504F530030", "--exp", exp)
    verdict(user, card, "not on the card: F0504F530020 version 1.1")
    names = run_json("cap", "info", user, "--exp", exp)["uses"]
    same("a library's method, named", "fit/lib/Lib.twice(S)S" in
         [u.get("name") for u in names], True)
    old = folder / "old.card"
    shutil.copy(card, old)
    older = build(folder, "lib", LIBRARY, "F0504F530020", "--version", "1.0")
    run("load", older, "--card", old)
    verdict(user, old, "version 1.1, which is 1.0 here")
    run("build", folder / "lib", "--package", "F0504F530020", "--version",
        "1.1", "-o", library)
    run("load", library, "--card", card)
    same("it fits beside its library", verdict(user, card), [])

    telephone = build(folder, "telephone", TELEPHONE, "F0504F530040")
    problems = verdict(telephone, card, "ProactiveHandler.getTheHandler()",
                       "ToolkitException.throwIt(S)V")
    same("each method once", len(problems), len(set(problems)))

    hungry = build(folder, "hungry", HUNGRY, "F0504F530050")
    small = folder / "small.card"
    run("card", "new", small, "--memory", "64K")
    verdict(hungry, small, "memory")
    too_large(folder, small)
    damaged(folder, hungry, folder / "empty.card")
    extended(folder, folder / "empty.card")
    text = run("cap", "info", hungry, "--card", small, expect=REFUSED).stdout
    same("said in words", "fits" in text and "memory" in text, True)


def too_large(folder, card):
    """Constant arrays stand in the file and, once more, in their objects."""
    rows = ", ".join("1" for _ in range(4000))
    text = PLAIN.replace("fit.plain", "fit.wide").replace("Plain", "Wide")
    tables = "".join(
        f"    static class T{i} {{ static final byte[] T = {{ {rows} }}; }}\n"
        for i in range(6))
    cap = build(folder, "wide",
                text.replace("Applet {", "Applet {\n" + tables),
                "F0504F530060")
    verdict(cap, card, "too little memory")


def damaged(folder, hungry, card):
    """Code that stores a number as a reference."""
    bad = folder / "bad.cap"
    run("card", "new", card)
    captext.remade(hungry, bad, captext.ill_typed)
    verdict(bad, card, "the card refuses it with")


def assembled(path, text):
    written = path.with_suffix(".captext")
    written.write_text(text, encoding="ascii")
    run("cap", "assemble", written, "-o", path)
    return path


def contents(cap, info):
    """Of all packages of the file, with the package that exports a class."""
    keys = ("classes", "interfaces", "methods", "exact", "static_fields",
            "instance_fields", "static_array_bytes")
    same("what it has", [info["counts"][key] for key in keys],
         [4, 0, 16, True, 2, 1, 4])
    same("what it exports",
         [(e["package"], e["token"], e["methods"]) for e in info["exports"]],
         [("F0504F5356A1", 0, 2), ("F0504F5356A2", 0, 1)])
    same("what it uses", "javacard/framework/Util.setShort([BSS)S"
         in [use["name"] for use in info["uses"]], True)
    text = run("cap", "info", cap).stdout
    same("said in words", "class 0 of F0504F5356A1: class, 2 static" in text,
         True)


def extended(folder, card):
    """Two public packages and a private one in a file of the extended format;
    and the same with blocks of code that together exceed 64 KiB."""
    text = (ROOT / "tests/unit/cap/family.captext").read_text(encoding="ascii")
    cap = assembled(folder / "family.cap", text)
    info = run_json("cap", "info", cap)
    same("the extended format", info["extended"], True)
    same("its public packages", [p["aid"] for p in info["packages"]],
         ["F0504F5356A1", "F0504F5356A2"])
    same("its import", info["imports"][0]["since"], "JC 2.1.1")
    same("its memory, measured", info["memory"]["instances"], 2)
    contents(cap, info)
    same("it fits", verdict(cap, card), [])
    nops = "            nop\n"
    places = text.split(nops)
    same("two places for more code", len(places), 4)
    large = assembled(folder / "large.cap", (nops * 60000).join(places[:2])
                      + nops * 20000 + "".join(places[2:]))
    info = run_json("cap", "info", large)
    same("more than 64 KiB", info["load_bytes"] > 0x10000, True)
    same("the largest method, the last of its block",
         info["counts"]["largest"]["bytes"], 60001)
    room = folder / "room.card"
    run("card", "new", room, "--memory", "512K")
    same("it fits, too", verdict(large, room), [])


if __name__ == "__main__":
    sys.exit(main())
