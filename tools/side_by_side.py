#!/usr/bin/env python3
"""The same CAP files and commands on a card of ours and on another virtual
machine: the C reference simulator of the 2.2.2 development kit, which whoever
runs this has.

    tools/side_by_side.py [--build build] [--suite NAME ...] COMMAND ...

COMMAND starts the other machine, as in `qemu-i386 .../cref` on a machine that
runs no programs of 32 bits.  The suites are those of tests/sidebyside and the
corpus of tests/applets.  A difference is printed unless its suite names a row
of docs/differences.md that explains it.  Exit 1: some are unexplained.

The other program listens on all addresses, therefore all this runs in a
network namespace that has but a loopback.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/sidebyside"), str(ROOT / "tests/applets")]

import peer_card  # noqa: E402
import suites  # noqa: E402
import workshop  # noqa: E402

INSIDE = "SIDE_BY_SIDE_NAMESPACE"
EXPLAINED = ROOT / "docs/differences.md"


def enter_namespace():
    if INSIDE in os.environ:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net",
                          sys.executable, *sys.argv])


class Peer:
    """Runs scripts as tests/applets/card_runner.c does, on the other machine;
    a command's answer is one line."""

    def __init__(self, command, folder):
        self.command = command
        self.folder = folder
        self.card = None

    def new_card(self):
        self.close()
        self.card = peer_card.PeerCard(self.command, self.folder)

    def close(self):
        if self.card:
            self.card.power_off()
        self.card = None

    def obey(self, line):
        verb, *words = line.split()
        if verb == ">":
            return self.card.raw(bytes.fromhex(words[0]))
        if verb == "card":
            self.new_card()
        elif verb == "load":
            self.card.load(words[0])
        elif verb == "install":
            self.card.install(bytes.fromhex(words[1]))
        elif verb == "reset":
            self.card.reset()
        elif verb == "select":
            answer = self.card.select(bytes.fromhex(words[0]))
            if not answer.endswith("9000"):
                raise peer_card.Refused(f"{line}: {answer}")
        else:
            raise peer_card.Refused(f"unknown verb {verb}")
        return None

    def answers(self, script):
        found = []
        try:
            for line in script:
                answer = self.obey(line)
                if answer is not None:
                    found.append(answer)
        except peer_card.Refused as e:
            found.append(f"stopped at '{line}': {e}")
        finally:
            self.close()
        return found


def status_and_data(answer):
    """Without the reason in words that our card gives."""
    return answer.split(" ")[0]


def compare(suite, ours, theirs, explained):
    """Prints what differs; the numbers of explained ones and of others."""
    known = unknown = 0
    if len(theirs) < len(ours):
        print(f"{suite.name}: the other machine {theirs[-1]}")
        theirs = theirs[:-1]
        unknown += 1
    for n, (command, a, b) in enumerate(zip(suite.commands, ours, theirs)):
        reasons = suite.reasons[n]
        told = bool(reasons) and explained.issuperset(reasons)
        if (status_and_data(a) != b) == told:
            known += told
            continue
        unknown += 1
        what = f" (no longer: {' '.join(reasons)})" if told else ""
        print(f"{suite.name} {n}: {command}{what}\n    ours  {a}\n"
              f"    other {b}", flush=True)
    return known, unknown


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default=ROOT / "build", type=pathlib.Path)
    parser.add_argument("--suite", action="append")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if not options.command:
        parser.error("name the other machine's program")
    options.command[-1] = str(pathlib.Path(options.command[-1]).resolve())
    enter_namespace()
    explained = set(re.findall(r"^\| `([\w-]+)` \|", EXPLAINED.read_text(),
                               re.M))
    commands = known = unknown = 0
    with tempfile.TemporaryDirectory() as folder:
        shop = suites.open_workshop(workshop.keep(folder), options.build)
        peer = Peer(options.command, folder)
        for suite in suites.build(shop, options.suite):
            ours = shop.card_answers(suite.script)
            k, u = compare(suite, ours, peer.answers(suite.script), explained)
            commands += len(ours)
            known += k
            unknown += u
    print(f"{commands} commands, {unknown} unexplained differences, "
          f"{known} explained")
    return 1 if unknown or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
