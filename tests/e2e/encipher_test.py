#!/usr/bin/env python3
"""Proves the command line with a card that keeps its keys enciphered: issued
with a key or a passphrase, it works with every verb while the environment
names that key; without, or with another, each verb says what is wrong and
changes nothing; the card's keys are not in the file; an image of another card
keeps working, whatever the environment names.
"""
import os
import pathlib
import sys
import tempfile

from processes import ROOT, run

WALLET_CAP = ROOT / "applets/wallet.cap"
TEST_KEY = bytes(range(0x40, 0x50))
DONE, CARD_SAID, USAGE, NO_CARD, REFUSED = range(5)
VARIABLE = "POSTCARD_IMAGE_KEY"


def need(what, is_so):
    if not is_so:
        sys.exit(what)


def refused(words, *arguments, status=REFUSED):
    result = run(*arguments, expect=None)
    need(f"{arguments}: exit {result.returncode}\n{result.stderr}",
         result.returncode == status and words in result.stderr)


def at(key):
    if key is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = str(key)


def works(card):
    """Shown, used over a secure channel, and checked."""
    lines = run("card", "show", card).stdout
    need("show does not tell that keys are enciphered",
         "keys=enciphered" in lines.splitlines()[0])
    run("install", WALLET_CAP, "--card", card)
    run("card", "check", card)


def keys(folder):
    key = folder / "image.key"
    key.write_text("11" * 32 + "\n")
    other = folder / "other.key"
    other.write_text("12" * 32)
    words = folder / "passphrase"
    words.write_text("nine words that nobody would guess, or so\n")
    short = folder / "short"
    short.write_text("secret\n")
    return key, other, words, short


def main():
    at(None)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        key, other, words, short = keys(folder)
        card, third = folder / "one", folder / "three"
        run("card", "new", card, "--encipher", key)
        refused("its keys are enciphered", "card", "check", card)
        refused("its keys are enciphered", "info", "--card", card,
                status=NO_CARD)
        before = card.read_bytes()
        at(other)
        refused("its keys are enciphered", "card", "show", card)
        at(folder / "missing")
        refused("its keys are enciphered", "card", "check", card)
        need("a wrong key changes the card", card.read_bytes() == before)
        at(key)
        works(card)
        need("a key is in the file", TEST_KEY not in card.read_bytes())

        run("card", "new", third, "--encipher", words)
        refused("its keys are enciphered", "card", "check", third)
        at(words)
        run("card", "check", third)
        os.environ["WORDS"] = words.read_text().strip()
        at("env:WORDS")
        run("card", "check", third)

        refused("its keys are enciphered", "card", "new", folder / "none",
                "--encipher", short, status=NO_CARD)
        need("an image is left", not (folder / "none").exists())
        plain = folder / "plain"
        run("card", "new", plain)
        run("card", "check", plain)
        need("a plain card does not have its key",
             TEST_KEY in plain.read_bytes())
    print("enciphered cards are used with their keys alone")


main()
