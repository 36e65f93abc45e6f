#!/usr/bin/env python3
"""Proves the command line: exit statuses, one clear sentence for each way of
being wrong, --help and --json of every verb, and a card managed in-process
from issuing to deletion.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

import captext
from processes import POSTCARD, ROOT, run, run_json

WALLET_CAP = ROOT / "applets/wallet.cap"
SELECT = "00A4040007F0504F5354010100"
DONE, CARD_SAID, USAGE, NO_CARD, REFUSED = range(5)


def fails(status, words, *arguments, **extra):
    """The verb ends so, says so, and crashes on nothing."""
    result = run(*arguments, expect=None, **extra)
    if result.returncode != status or \
            not re.search(words, result.stderr + result.stdout):
        sys.exit(f"{arguments}: exit {result.returncode}, not {status}, or no "
                 f"'{words}' in\n{result.stdout}{result.stderr}")


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def every_verb_has_help():
    out = subprocess.run([POSTCARD, "--help"], capture_output=True, text=True,
                         check=True).stdout
    verbs = re.findall(r"^  ((?:card|cap) \w+|\w+) ", out, re.M)
    if len(verbs) < 20:
        sys.exit(f"only {len(verbs)} verbs in the overview")
    for verb in verbs:
        text = run(*verb.split(), "--help").stdout
        if "Example" not in text and "example" not in text:
            sys.exit(f"postcard {verb} --help has no example")
        fails(USAGE, "--help|option", *verb.split(), "--no-such-option")


def online_verbs_are_beside(folder):
    """The verbs that speak HTTP are a program of their own, found or missed."""
    alone = folder / "postcard"
    shutil.copy(POSTCARD, alone)
    for verb in ("server", "terminal", "publish", "cards", "deploy"):
        result = subprocess.run([alone, verb, "--help"], check=False,
                                capture_output=True, text=True)
        same(f"{verb} alone", (result.returncode, result.stderr),
             (REFUSED, f"postcard: cannot start {alone}-online: "
              "No such file or directory\n"))


def wrong_use(folder):
    card = folder / "a.card"
    run("card", "new", card)
    fails(USAGE, "no verb", "frobnicate")
    fails(USAGE, "memory", "card", "new", folder / "b", "--memory", "1K")
    fails(USAGE, "profile", "card", "new", folder / "b", "--profile", "x")
    fails(USAGE, "hexadecimal", "apdu", "00A4Z", "--card", card)
    fails(REFUSED, "exists", "card", "new", card)
    fails(NO_CARD, "No such file", "list", "--card", folder / "none")
    fails(NO_CARD, "refused", "list", "--connect", "127.0.0.1:1")
    fails(NO_CARD, "No such file", "list", "--card", card, "--keys",
          folder / "none")
    fails(NO_CARD, "test key", "list", "--card", card, "--keys", "00" * 16)
    short = folder / "short"
    short.write_bytes(card.read_bytes()[:5000])
    fails(REFUSED, "not what its header says|not a card", "card", "check",
          short)
    noise = folder / "noise"
    noise.write_bytes(os.urandom(9000))
    fails(REFUSED, "not a card image", "card", "check", noise)
    fails(REFUSED, "ZIP|archive|zip", "load", noise, "--card", card)
    if (folder / "b").exists():
        sys.exit("a refused 'card new' left a file")


def wrong_sources(folder):
    """What build says before javac says anything."""
    package = ("--package", "F0504F530001")
    fails(REFUSED, "4 packages(.|\n)*org.postcard.loyalty: .*LoyaltyProgram"
          "(.|\n)*org.postcard.wallet: (.|\n)*--exp", "build",
          ROOT / "applets", *package)
    fails(REFUSED, "no .java file", "build", folder, *package)
    fails(REFUSED, "default-jdk-headless", "build", ROOT / "applets/wallet",
          *package, env={"PATH": str(folder)})
    source = folder / "B.java"
    source.write_text("// one\n/* package a; */ package\n b . c ; class B {}")
    (folder / "A.java").write_text("class A {}")
    fails(REFUSED, r"\(no package\): .*A.java(.|\n)* b.c: ", "build", folder,
          *package)


def wrong_keys(folder):
    card = folder / "keys.card"
    keys = folder / "wrong.keys"
    run("card", "new", card)
    keys.write_text("key " + "11" * 16 + "\n")
    before = run("card", "check", card, "--dump").stdout
    fails(CARD_SAID, "[Kk]ey|cryptogram", "list", "--card", card, "--keys",
          keys)
    same("a session with wrong keys changes nothing",
         run("card", "check", card, "--dump").stdout, before)


def refusals_have_reasons(folder):
    """What the card itself says of a refusal, where it is opened here."""
    card = folder / "reasons.card"
    run("card", "new", card)
    run("domain", "F0504F53540901", "--card", card)
    load = ("load", WALLET_CAP, "--domain", "F0504F53540901", "--card", card)
    fails(CARD_SAID, r"refused: 6985, .*\n  the card says why: extradition: the "
          "receiving domain is locked or not personalized\n", *load)
    fails(CARD_SAID, r"\n# extradition: the receiving domain .*\n< 6985", *load,
          "--trace")
    run("lock", "--to", "secured", "--card", card)
    fails(CARD_SAID, "SET STATUS was refused: 6985, .*\n  the card says why: ",
          "lock", "--to", "secured", "--card", card)
    fails(CARD_SAID, "DELETE of keys was refused: 6A88, .*\n  the card says "
          "why: delete: no such key", "key", "delete", "--old-kvn", "44",
          "--card", card)
    run("lock", "--to", "terminated", "--yes", "--card", card)
    for verb in ("list", "info"):
        fails(CARD_SAID, "SELECT of the domain was refused: 6985, .*\n  the "
              "card says why: SELECT: the card is terminated", verb, "--card",
              card)


def in_use(folder):
    card = folder / "busy.card"
    run("card", "new", card)
    with subprocess.Popen([POSTCARD, "card", "run", str(card), "--listen",
                           "127.0.0.1:0"], stdout=subprocess.PIPE,
                          text=True) as busy:
        busy.stdout.readline()
        fails(NO_CARD, "in use", "card", "show", card)
        busy.terminate()


def exchange(link, message):
    """One message of the virtual reader's framing, and its answer."""
    link.sendall(len(message).to_bytes(2, "big") + message)
    answer = link.makefile("rb")
    return answer.read(int.from_bytes(answer.read(2), "big")).hex().upper()


def protocols(folder):
    card = folder / "protocol.card"
    run("card", "new", card)
    fails(USAGE, "t1, t0", "card", "run", card, "--protocol", "t2")
    with subprocess.Popen([POSTCARD, "card", "run", str(card), "--protocol",
                           "t0", "--listen", "127.0.0.1:0"],
                          stdout=subprocess.PIPE, text=True) as t0:
        port = int(t0.stdout.readline().rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.sendall(b"\0\1\1")
            same("ATR", exchange(link, b"\4")[:4], "3B0E")
            same("GET DATA", exchange(link, bytes.fromhex("80CA006600"))[:2],
                 "6C")
        t0.terminate()


def a_card_s_life(folder):
    card = folder / "life.card"
    issued = run_json("card", "new", card, "--profile", "issued", "--cin",
                      "0102030405060708", "--seed", "test")
    same("CIN", issued["cin"], "0102030405060708")
    same("mode", oct(card.stat().st_mode & 0o777), "0o600")
    fresh = run("card", "check", card, "--dump").stdout
    run("install", WALLET_CAP, "--card", card)
    fails(CARD_SAID, "6985", "install", WALLET_CAP, "--card", card)
    fails(CARD_SAID, "--related", "delete", "F0504F535401", "--card", card)
    listed = run_json("list", "--card", card)
    same("instance listed", any(x["aid"] == "F0504F53540101" for x in listed),
         True)
    run("personalize", "F0504F53540101", "--data", "010306271013880000",
        "--format", "dgi", "--card", card)
    run("apdu", SELECT, "803000000200FA", "8050000002", "--card", card)
    fails(CARD_SAID, "6A85", "apdu", SELECT, "80400000020FA0", "--card", card)
    run("apdu", SELECT, "80400000020FA0", "--expect", "6A85", "--card", card)
    script = folder / "wallet.apdu"
    script.write_text(f"> {SELECT}\n< 9000\n> 8050000002\n< 00FA9000\n")
    run("script", script, "--card", card)
    script.write_text(f"> {SELECT}\n< 9000\n> 8050000002\n< 00FB9000\n")
    fails(CARD_SAID, "00FA", "script", script, "--card", card)
    copy = folder / "copy.card"
    shutil.copy(card, copy)
    same("a copy is a clone", run("card", "check", copy, "--dump").stdout,
         run("card", "check", card, "--dump").stdout)
    run("delete", "F0504F535401", "--related", "--card", card)
    same("deleted", run("card", "check", card, "--dump").stdout, fresh)
    fails(CARD_SAID, "6A88", "delete", "F0504F535401", "--card", card)
    run("lock", "--card", card)
    run("unlock", "--card", card)


def seeds_repeat(folder):
    images = []
    for name in ("s1", "s2"):
        card = folder / name
        run("card", "new", card, "--seed", "one", "--cin", "01")
        run("install", WALLET_CAP, "--card", card, "--seed", "two")
        images.append(card.read_bytes())
    same("--seed repeats every byte", images[0] == images[1], True)


def cap_files(folder):
    told = run("cap", "info", folder / "none", expect=REFUSED).stderr
    same("the path is told once", told.count(str(folder / "none")), 1)
    info = run_json("cap", "info", WALLET_CAP)
    if "F0504F535401" not in json.dumps(info):
        sys.exit("cap info does not name the package")
    loyalty = ROOT / "applets/loyalty.cap"
    same("verify", run("cap", "verify", WALLET_CAP).stdout,
         f"{WALLET_CAP}: no finding\n")
    run("cap", "verify", loyalty, "--exp", ROOT / "applets/wallet.exp")
    fails(REFUSED, r"Import\+\d+: .*export file: F0504F535401 1.0 "
          r"\(IMPORT_UNKNOWN\)", "cap", "verify", loyalty)
    fails(REFUSED, "wallet.cap: ", "cap", "verify", loyalty, "--exp",
          WALLET_CAP)
    verdict = json.loads(run("cap", "verify", loyalty, "--json",
                             expect=REFUSED).stdout)
    same("verdict", (verdict["sound"], verdict["types_checked"],
                     [(f["component"], f["rule"])
                      for f in verdict["findings"]]),
         (False, False, [("Import", "IMPORT_UNKNOWN")]))
    bad = folder / "bad.cap"
    captext.remade(WALLET_CAP, bad, captext.ill_typed)
    fails(REFUSED, "another kind", "cap", "verify", bad)


def main():
    every_verb_has_help()
    print("every_verb_has_help: ok", flush=True)
    for story in (online_verbs_are_beside, wrong_use, wrong_sources, wrong_keys,
                  refusals_have_reasons, in_use, protocols, a_card_s_life,
                  seeds_repeat, cap_files):
        with tempfile.TemporaryDirectory() as name:
            story(pathlib.Path(name))
        print(f"{story.__name__}: ok", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
