#!/usr/bin/env python3
"""Proves what remote interfaces and classes become: flags, names, signature
pool, numbers of methods (SHA-1, a modifier where two clash), repeated in heirs,
and the mark in export files; and that what RMI cannot carry is refused, each
with the name of its method.  [JCVM 2.2.6.1, 6.9, JCRE 8]

remote_test.py BUILDER JAVA STUBS.JAR       skipped without javac"""
import hashlib
import re
import sys

import capread
from converting import end, expect, stand

INTERFACE, REMOTE = 8, 2
# From hashlib: the first two bytes of SHA-1 over name and descriptor.
BALANCE, DEBIT, LOG, LAST = 0xC7DC, 0x0D64, 0x4B23, 0x91EA

EXPORTED = """\
class 0 1601 org/postcard/remote/Log
class 1 1601 org/postcard/remote/Purse
class 2 1001 org/postcard/remote/Better
class 3 1001 org/postcard/remote/PurseObject
"""


def pool(cap):
    """Signatures by their offset, as nibbles."""
    found, at = {}, 0
    while at < len(cap.signatures):
        n = cap.signatures[at]
        size = 1 + (n + 1) // 2
        found[at] = cap.signatures[at + 1:at + size].hex().upper()[:n]
        at += size
    return found


def check_classes(cap):
    expect("format", cap.header()["format"], "2.2")
    expect("the name", cap.header()["name"], "org/postcard/remote")
    classes = cap.classes()
    signatures = pool(cap)
    expect("classes begin behind the pool", classes[0]["at"],
           2 + len(cap.signatures))
    named = {c["name"]: c for c in classes}
    expect("all are remote", {n: c["flags"] for n, c in named.items()},
           {"Log": INTERFACE | REMOTE, "Purse": INTERFACE | REMOTE,
            "Better": REMOTE, "PurseObject": REMOTE, "LogObject": REMOTE})
    expect("packages of superclasses are imported too", cap.imports(), {
        "A0000000620001": "1.0", "A0000000620003": "1.0",
        "A0000000620101": "1.0", "A000000062010101": "1.0"})
    expect("what a class names it lists, inherited or not",
           len(named["PurseObject"]["interfaces"]), 2)
    expect("what it inherits it does not", named["Better"]["interfaces"], {})
    log = f"{named['Log']['at']:04X}"
    offered = [(DEBIT, "4B1", 2), (LOG, "6" + log, 3), (BALANCE, "4", 1)]
    for name, methods, face in (("PurseObject", offered, "Purse"),
                                ("Better", offered, "Purse"),
                                ("LogObject", [(LAST, "2B", 1)], "Log")):
        c = named[name]
        expect(f"methods of {name}",
               [(h, signatures[s], t) for h, s, t in c["remote"]], methods)
        expect(f"modifier of {name}", c["modifier"], "")
        expect(f"interfaces of {name}", c["remotes"], [named[face]["at"]])
    expect("four signatures", sorted(signatures.values()),
           sorted(["4B1", "6" + log, "4", "2B"]))


def check_debug(lines):
    """Debug lists what Class does not repeat."""
    name = "class org/postcard/remote/Better 0021"
    at = [i for i, t in enumerate(lines) if t.startswith(name)][0]
    expect("interfaces of Better", [t.split()[1] for t in lines[at + 1:at + 4]
                                    if t.startswith(" implements")],
           ["java/rmi/Remote", "org/postcard/remote/Purse"])


def check_export(path):
    lines = capread.export_file(path)
    expect("export format", lines[0].split()[1], "2.2")
    kinds = {re.sub(r"class \d+", "class", t) for t in lines
             if t.startswith("class")}
    expect("classes and flags", kinds,
           {re.sub(r"class \d+", "class", t)
            for t in EXPORTED.splitlines()})


def check_clash(p):
    cap = p.cap(p.compile("clash"))
    c = [c for c in cap.classes() if "remote" in c][0]
    modifier = c["modifier"]
    expect("a modifier", modifier != "", True)
    expect("hashes with it", {t: h for h, _, t in c["remote"]},
           {t: int(hashlib.sha1((modifier + n + "()V").encode())
                   .hexdigest()[:4], 16)
            for t, n in enumerate(("call133", "call227"), 1)})


def check_refusals(p, remote):
    run = p.convert(p.compile("unremote"))
    expect("status", run.returncode, 4)
    told = re.findall(r"Bad.java: .*method Bad\.(\w+) (\w+ \w+)", run.stderr)
    expect("refused", sorted(told),
           [("object", "is an"), ("objects", "is an"), ("result", "is an"),
            ("silent", "must say"), ("thing", "is an")])
    run = p.convert(remote, "--format", "2.1")
    expect("2.1 has no remote types", "remote interfaces came with CAP format "
           "2.2" in run.stderr, True)


def main():
    with stand(*sys.argv[1:4]) as p:
        remote = p.compile("remote")
        check_refusals(p, remote)
        cap = p.cap(remote)
        check_classes(cap)
        check_export(p.keep_export("remote.exp"))
        check_debug(p.cap(remote, "--debug").debug())
        check_clash(p)
    return end()


if __name__ == "__main__":
    sys.exit(main())
