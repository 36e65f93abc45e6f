#!/usr/bin/env python3
"""Makes a card with something of everything, as the fixtures of older_test.py
were made by postcards of older commits:

  git worktree add --detach TREE COMMIT
  meson setup TREE/build TREE -Doptimization=0 -Ddebug=false
  ninja -C TREE/build postcard tests/unit/api/gp/gp.cap
  POSTCARD=TREE/build/postcard older_card.py TREE older/COMMIT.card.gz

The last argument may be `enciphered`.  A tree that has no gp.cap is one of
before there was a global PIN.  The keys are the well-known test key, and others
that stand here, too: nothing about the card is secret.
"""
import gzip
import pathlib
import sys
import tempfile

from processes import run

IMAGE_KEY_NAME = "OLDER_CARD_KEY"
IMAGE_KEY = {IMAGE_KEY_NAME: "11" * 32,
             "POSTCARD_IMAGE_KEY": f"env:{IMAGE_KEY_NAME}"}
DOMAIN_KEY = "000102030405060708090A0B0C0D0E0F"
DOMAIN = "A000000151535042"
BARE_DOMAIN = "A000000151535043"
WALLET = "F0504F53540101"
GLOBAL_PIN = "F00000008001"
ECHO = "F0504F535403"


def key_file(folder):
    path = folder / "domain.keys"
    path.write_text(f"key {DOMAIN_KEY}\nkvn 31\n")
    return path


def select(aid):
    return f"00A40400{len(aid) // 2:02X}{aid}00"


def steps(tree, folder):
    """Command lines, without the card's name."""
    keys = key_file(folder)
    own = ["--via", DOMAIN, "--keys", keys]
    yield ["domain", BARE_DOMAIN]
    yield ["domain", DOMAIN, "--privileges",
           "authorized-management,trusted-path"]
    yield ["key", "put", "--new-keys", keys, "--new-kvn", "31", "--via", DOMAIN]
    # of the issuer: one set comes, counts and goes, another stays
    yield ["key", "put", "--new-keys", keys, "--new-kvn", "32"]
    yield ["list", "--keys", keys, "--kvn", "32"]
    yield ["key", "delete", "--old-kvn", "32"]
    yield ["key", "put", "--new-keys", keys, "--new-kvn", "33"]
    # what is deleted leaves gaps
    yield ["install", tree / "applets/echo.cap"]
    yield ["install", tree / "applets/wallet.cap", *own]
    yield ["delete", ECHO, "--related"]
    yield ["personalize", WALLET, "--format", "dgi", "--data",
           "010105416C696365", "--data", "010204313233340103" "0603E800640005",
           *own]
    yield ["apdu", select(WALLET), "802000000431323334",
           "80300000020064", "8040000002001E"]
    yield ["apdu", select(WALLET), "802000000431323333", "--expect", "63C2"]
    yield ["personalize", "--format", "tlv", "--data", "DF2004CAFE0001"]


def global_pin(cap):
    """1234, three tries, one of them used up."""
    yield ["install", cap, "--applet", GLOBAL_PIN, "--privileges",
           "cvm-management"]
    yield ["apdu", select(GLOBAL_PIN), "8004010202123400", "8004060300",
           "8004020202123500"]


def make(tree, out, enciphered):
    env = {}
    new = ["--memory", "64K", "--seed", "older"]
    if enciphered:
        env = IMAGE_KEY
        new += ["--encipher", f"env:{IMAGE_KEY_NAME}"]
    cap = tree / "build/tests/unit/api/gp/gp.cap"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        card = folder / "card"
        run("card", "new", card, *new, env=env)
        for step in steps(tree, folder):
            run(*step, "--card", card, env=env)
        for step in global_pin(cap) if cap.exists() else ():
            run(*step, "--card", card, env=env)
        run("card", "check", card, env=env)
        out.write_bytes(gzip.compress(card.read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    make(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]),
         sys.argv[3:] == ["enciphered"])
