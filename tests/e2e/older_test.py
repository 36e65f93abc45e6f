#!/usr/bin/env python3
"""Proves that cards which older versions wrote go on as they were: an image of
each version in older/, made by older_card.py, powers on and checks, before and
after; its registry, keys, data and free slots are there; the keys of issuer and
domain open sessions; the wallet has its money, owner and PIN, with the try that
was used up, the global PIN likewise, where the version had one; and content is
added and taken away.
"""
import gzip
import pathlib
import sys
import tempfile

from older_card import (BARE_DOMAIN, DOMAIN, ECHO, GLOBAL_PIN, IMAGE_KEY,
                        WALLET, key_file, select)
from processes import ROOT, Failed, run

FIXTURES = pathlib.Path(__file__).parent / "older"
ECHO_APPLET = ECHO + "01"
CONTENT = (
    f"domain aid={BARE_DOMAIN} state=07",
    f"domain aid={DOMAIN} state=0F privileges=80C000",
    f"key domain={DOMAIN} version=31 id=03 type=88 length=16 kcv=C35280",
    "key domain=A000000151000000 version=20 id=01 type=80 length=16",
    "key domain=A000000151000000 version=30 id=01 type=88 length=16 kcv=504A77",
    "key domain=A000000151000000 version=33 id=01 type=88 length=16 kcv=C35280",
    "data domain=A000000151000000 tag=DF20 value=CAFE0001",
    f"application aid={WALLET} state=07 privileges=000000 domain={DOMAIN}",
)
GONE = (ECHO, "version=32")


class Card:
    def __init__(self, fixture, folder):
        self.name = fixture.name
        self.path = folder / fixture.name
        self.path.write_bytes(gzip.decompress(fixture.read_bytes()))
        self.env = IMAGE_KEY if "enciphered" in fixture.name else {}
        self.keys = ["--via", DOMAIN, "--keys", key_file(folder)]
        self.has_global_pin = f"application aid={GLOBAL_PIN}" in self.dump()

    def run(self, *arguments, **extra):
        return run(*arguments, "--card", self.path, env=self.env, **extra)

    def dump(self):
        return run("card", "check", self.path, "--dump", env=self.env).stdout

    def need(self, what, is_so):
        if not is_so:
            raise Failed(f"{self.name}: {what}")

    def answers(self, *pairs):
        """Each command in turn, on one power-on, and what it answers."""
        output = self.run("apdu", *(command for command, _ in pairs)).stdout
        said = [line.removeprefix("< ").replace(" ", "")
                for line in output.splitlines() if line.startswith("<")]
        wanted = [answer for _, answer in pairs]
        self.need(f"{said}, not {wanted}", len(said) == len(wanted) and all(
            b is None or a == b for a, b in zip(said, wanted)))


def content(card):
    dump = card.dump()
    for line in CONTENT:
        card.need(f"no {line}\n{dump}", f"\n{line}" in dump)
    for words in GONE:
        card.need(f"{words} is there\n{dump}", words not in dump)


def keys(card):
    card.run("list")
    card.run("list", "--kvn", "20", "--scp", "02")
    card.run("list", *card.keys)
    card.run("list", "--keys", card.keys[-1], "--kvn", "33")
    card.run("list", "--via", BARE_DOMAIN)


def wallet(card):
    """100 were put in, and 30 taken out; of three tries two are left."""
    card.answers((select(WALLET), None),
                 ("8054000000", "416C6963659000"), ("8050000000", "00469000"))
    card.run("apdu", select(WALLET), "802000000431323333", "--expect", "63C1")
    card.answers((select(WALLET), None), ("802000000431323334", "9000"),
                 ("80400000020014", "9000"), ("8050000000", "00329000"))


def global_pin(card):
    """Active, with two tries of three, submitted no more since a reset."""
    if not card.has_global_pin:
        return
    card.answers((select(GLOBAL_PIN), None), ("8004000000", "829000"),
                 ("8004020202123500", "FFFF9000"),
                 ("8004020202123400", "00009000"), ("8004000000", "E39000"))


def additions(card):
    """In the gaps, and away again, by the issuer and the domain."""
    before = card.dump()
    for how in ([], card.keys):
        card.run("install", ROOT / "applets/echo.cap", *how)
        card.answers((select(ECHO_APPLET), None),
                     ("8010000002010200", "01029000"))
        card.run("delete", ECHO, "--related", *how)
    card.need("something else is left\n" + card.dump(), card.dump() == before)
    card.run("key", "put", "--new-keys", card.keys[-1], "--new-kvn", "34")
    card.run("list", "--keys", card.keys[-1], "--kvn", "34")


def main():
    fixtures = sorted(FIXTURES.glob("*.card.gz"))
    if not fixtures:
        sys.exit("no fixtures")
    with tempfile.TemporaryDirectory() as name:
        for fixture in fixtures:
            card = Card(fixture, pathlib.Path(name))
            for step in (content, keys, wallet, global_pin, additions):
                step(card)
                run("card", "check", card.path, env=card.env)
            print(f"{card.name}: ok")


if __name__ == "__main__":
    main()
