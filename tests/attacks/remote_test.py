#!/usr/bin/env python3
"""Proves that a class cannot tell the runtime another type of a remote method
than the method has: a terminal's number would become a reference, or an array
a number.  The signatures of good remote methods are exchanged in the text of
their CAP file, one at a time, and a card must refuse each file.

  remote_test.py POSTCARD RMI.CAP
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

POSTCARD, GOOD = sys.argv[1:]
METHOD = re.compile(r"remote_method (0x\w+) (\d+) (\d+)")
SIGNATURE = re.compile(r"^    signature (\(.*\))(.*)$", re.M)
THROWS = "0x2496"  # always, so that nothing shows what it would give


def kinds(types):
    """What kinds can tell of types: numbers, ints and references."""
    return ["R" if "[" in t or "interface" in t else
            "I" if t == "int" else "S" for t in types.strip("()").split(",") if t]


def run(*arguments):
    return subprocess.run([POSTCARD, *map(str, arguments)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def loads(folder, cap):
    card = folder / "card"
    shutil.copyfile(folder / "new", card)
    done = run("load", cap, "--card", card)
    assert run("card", "check", card).returncode == 0, "the card is damaged"
    return done


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        text, cap = folder / "rmi.captext", folder / "rmi.cap"
        assert run("card", "new", folder / "new").returncode == 0
        dumped = run("cap", "dump", GOOD)
        assert dumped.returncode == 0, dumped.stdout
        # with a Descriptor the lie is found in another place
        good = re.sub(r"(?m)^Descriptor \{.*?^\}\n", "", dumped.stdout,
                      flags=re.S)
        assert good != dumped.stdout, "the dump has no Descriptor"
        methods = METHOD.findall(good)
        assert len(methods) > 4, methods
        places = sorted({int(own) for _, own, _ in methods})
        types = dict(zip(map(str, places), SIGNATURE.findall(good)))
        tried = 0
        for number, own, token in methods:
            for _, other, _ in methods:
                changed = good.replace(f"remote_method {number} {own} {token}",
                                       f"remote_method {number} {other} {token}")
                text.write_text(changed)
                made = run("cap", "assemble", text, "-o", cap)
                assert made.returncode == 0, made.stdout
                done = loads(folder, cap)
                right = own == other or (
                    number == THROWS and
                    kinds(types[own][0]) == kinds(types[other][0]))
                assert (done.returncode == 0) == right, \
                    f"{number} told as {types[other]}:\n{done.stdout}"
                tried += not right
        print(f"{tried} wrong types refused")


if __name__ == "__main__":
    main()
