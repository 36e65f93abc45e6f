#!/usr/bin/env python3
"""Proves 'postcard upgrade': a package is replaced and its applet has what it
had; how far an upgrade is; what a new version refuses, resumed, recovered and
given up; and that another program's half of it is gone on with.

  upgrade_test.py OLD.CAP NEW.CAP
"""
import pathlib
import sys
import tempfile

from processes import run, run_json

OLD, NEW = sys.argv[1:3]
PACKAGE, APPLET = "F000000071", "F00000007199"
SELECT = f"00A4040006{APPLET}"
TELL = "0020000010"
KEY = "404142434445464748494A4B4C4D4E4F"


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def told(card):
    """Version and counter, of what the applet tells."""
    answer = run("apdu", SELECT, TELL, "--card", card).stdout.split()[-1]
    return answer[:6]


def state(card, *arguments, expect=0):
    return run_json("upgrade", *arguments, "--card", card,
                    expect=expect)["state"]


def new_card(folder, trouble):
    card = folder / "upgrade.card"
    run("card", "new", card)
    run("install", OLD, "--instance", APPLET, "--params", KEY, "--card", card)
    run("apdu", SELECT, "0010432100", f"0014{trouble}0000", "--card", card)
    same("before", told(card), "014321")
    return card


def upgraded(folder):
    card = new_card(folder, "00")
    same("no session", state(card, "--status"), 0)
    run("upgrade", "--resume", "--card", card, expect=1)
    done = run_json("upgrade", NEW, "--card", card)
    same("upgrade", done, {"state": 1, "text": "completed"})
    same("after", told(card), "024321")
    run("card", "check", card)
    same("back", run("upgrade", OLD, "--card", card).stdout, "completed\n")
    same("after that", told(card), "014321")
    run("upgrade", card, "--card", card, expect=4)  # no CAP file
    run("upgrade", "--card", card, expect=2)
    run("upgrade", "--status", "--abort", "--card", card, expect=2)
    run("upgrade", OLD, "--abort", "--card", card, expect=2)


def refused(folder):
    card = new_card(folder, "07")
    result = run("upgrade", NEW, "--card", card, expect=1)
    if "--recover" not in result.stderr:
        sys.exit(f"no advice in {result.stderr!r}")
    same("failed", state(card, "--status"), 4)
    same("again", state(card, "--resume", expect=1), 4)
    run("delete", PACKAGE, "--related", "--card", card, expect=1)
    same("recovery", state(card, "--recover"), 2)
    same("recovered", state(card, OLD), 1)
    same("after", told(card), "014321")


def given_up(folder):
    card = new_card(folder, "00")
    run("apdu", f"80EA010009A1074F05{PACKAGE}00", "--secure", "--card", card)
    same("begun", state(card, "--status"), 2)
    same("gone on with", state(card, NEW), 1)
    same("after", told(card), "024321")
    run("apdu", f"80EA010009A1074F05{PACKAGE}00", "--secure", "--card", card)
    same("given up", state(card, "--abort"), 0)
    run("apdu", SELECT, "--expect", "6A82", "--card", card)
    run("card", "check", card)


def main():
    for story in (upgraded, refused, given_up):
        with tempfile.TemporaryDirectory() as name:
            story(pathlib.Path(name))
        print(f"{story.__name__}: ok", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
