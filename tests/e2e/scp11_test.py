#!/usr/bin/env python3
"""Proves that a person can set a fresh card up for SCP11 and manage it by SCP11
a, b and c with the program alone, as docs/scp11.md says: its commands are run
in their order.  Then that what does not fit says so and exits as it is
documented: other keys and certificates, hosts that are not allowed any more,
variants that are not there, files of another kind; and that failed
authentications count where a card has a limit.  The part with X.509 needs the
openssl program and is left out without.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from processes import POSTCARD, ROOT, run

BLOCK = re.compile(r"^```sh( openssl)?\n(.*?)^```$", re.M | re.S)
DONE, CARD_SAID, USAGE, NO_CARD, REFUSED = range(5)


def need(what, is_so):
    if not is_so:
        sys.exit(what)


def follow(folder):
    """All commands of the page; whether those of OpenSSL were among them."""
    commands = folder / "bin"
    commands.mkdir()
    (commands / "postcard").symlink_to(pathlib.Path(POSTCARD).resolve())
    shutil.copy(ROOT / "applets/wallet.cap", folder)
    path = f"{commands}:{os.environ['PATH']}"
    has_openssl = shutil.which("openssl") is not None
    blocks = BLOCK.findall((ROOT / "docs/scp11.md").read_text())
    need("the page has no commands", len(blocks) >= 6)
    for foreign, text in blocks:
        if foreign and not has_openssl:
            continue
        done = subprocess.run(["bash", "-euc", text], cwd=folder, text=True,
                              capture_output=True, check=False, timeout=60,
                              env=dict(os.environ, PATH=path))
        need(f"{text}\n{done.stdout}\n{done.stderr}", done.returncode == 0)
    return has_openssl


def refused(status, words, *arguments):
    result = run(*arguments, expect=None)
    need(f"{arguments}: exit {result.returncode}, not {status} with "
         f"'{words}'\n{result.stdout}\n{result.stderr}",
         result.returncode == status and words in result.stderr)
    return result


def need_status(status, *arguments):
    """The last of raw commands is answered so."""
    run(*arguments, "--expect", status)


def write(name, text):
    pathlib.Path(name).write_text(text)
    return name


def with_other(name, **lines):
    """office.keys with other values; None takes a line away."""
    kept = dict(line.split() for line in
                pathlib.Path("renewed.keys").read_text().splitlines())
    kept.update({k.replace("_", "-"): v for k, v in lines.items()})
    return write(name, "".join(f"{k} {v}\n" for k, v in kept.items() if v))


def list_with(keys, variant="11a", *more):
    return ("list", "--card", "my.card", "--scp", variant, "--keys", keys, *more)


def other_keys():
    """What the files or the card say that does not fit."""
    run("key", "generate", "--out", "other.key", "--public", "other.pub")
    run("key", "generate", "--curve", "brainpoolp256r1", "--out", "bp.key",
        "--public", "bp.pub")
    run("key", "certify", "--for", "office.pub", "--by", "other.key",
        "--serial", "02", "--out", "forged.cert")
    run("key", "certify", "--for", "office.pub", "--by", "hosts-ca.key",
        "--serial", "02", "--certifies", "--out", "usage.cert")
    run(*list_with("renewed.keys"))

    for variant in ("11a", "11b", "11c"):
        refused(CARD_SAID, "receipt is wrong", *list_with(
            with_other("1.keys", card="other.pub"), variant))
    refused(CARD_SAID, "before the card counts a failed try",
            *list_with("1.keys"))
    refused(CARD_SAID, "do not lead to the key that is trusted", *list_with(
        with_other("2.keys", card=None, card_authority="other.pub")))
    refused(CARD_SAID, "PERFORM SECURITY OPERATION was refused: 6982",
            *list_with(with_other("3.keys", certificate="forged.cert")))
    refused(CARD_SAID, "its usage is another", *list_with(
        with_other("4.keys", certificate="usage.cert")))
    # not allowed any more
    refused(CARD_SAID, "list of serial numbers lacks this one",
            *list_with("office.keys"))
    refused(CARD_SAID, "has no key for it of this version", *list_with(
        "renewed.keys", "11a", "--kvn", "43"))
    refused(CARD_SAID, "no such key of an authority", *list_with(
        with_other("5.keys", authority="10/43")))
    refused(CARD_SAID, "no certificates of this key", *list_with(
        with_other("6.keys", card=None, card_authority="cards-ca.pub",
                   kvn="43")))


def other_files():
    """What is refused before anything is sent."""
    refused(NO_CARD, "not that of the private key", *list_with(
        with_other("7.keys", private="other.key")))
    refused(NO_CARD, "on different curves", *list_with(
        with_other("8.keys", card="bp.pub")))
    refused(NO_CARD, "that is a public key", *list_with(
        with_other("9.keys", private="office.pub")))
    refused(NO_CARD, "No such file", *list_with(
        with_other("a.keys", private="missing.key")))
    refused(NO_CARD, "needs a key of the host's and its certificate",
            *list_with("reader.keys"))
    refused(NO_CARD, "none of private", *list_with("issuer.keys"))
    refused(NO_CARD, "go with --scp 11a", "list", "--card", "my.card",
            "--keys", "renewed.keys")
    refused(NO_CARD, "must be known to ask", *list_with(with_other(
        "b.keys", card=None, card_authority="cards-ca.pub", kvn=None)))
    refused(NO_CARD, "a line before it", *list_with(write(
        "c.keys", "card 04" + "11" * 64 + "\n")))
    refused(NO_CARD, "no key of the curve", *list_with(write(
        "d.keys", "curve P-256\ncard 04" + "11" * 64 + "\n")))
    refused(USAGE, "need a key file", "list", "--card", "my.card", "--scp",
            "11a")
    refused(USAGE, "is 11 or 33", *list_with("renewed.keys", "11a", "--level",
                                             "01"))
    refused(USAGE, "no --div", *list_with("renewed.keys", "11a", "--div",
                                          "kdf3"))
    refused(USAGE, "--scp takes", *list_with("renewed.keys", "11d"))


def other_cards():
    """Variants that a card has not, and commands that b does not open."""
    refused(CARD_SAID, "not --scp 11b", "key", "put", "--ec", "other.pub",
            "--kid", "10", "--new-kvn", "44", "--card", "my.card", "--scp",
            "11b", "--keys", "reader.keys")
    refused(CARD_SAID, "6982", *list_with("reader.keys", "11b"))
    run("card", "new", "b.card", "--profile",
        write("b.profile", "scp11 = 02\n"))
    run("key", "put", "--ec", "card.key", "--kid", "13", "--new-kvn", "41",
        "--card", "b.card")
    refused(REFUSED, "does not offer SCP11c: its i is 02", "list", "--card",
            "b.card", "--scp", "11c", "--keys", "renewed.keys")
    run("card", "new", "none.card", "--profile",
        write("none.profile", "scp11 = none\n"))
    refused(CARD_SAID, "6985", "info", "--card", "none.card", "--scp", "11b",
            "--keys", "reader.keys")


def putting():
    """Keys and what stands beside them, refused and taken away again."""
    put = ("key", "put", "--card", "my.card", "--scp", "11a", "--keys",
           "renewed.keys")
    store = ("key", "store", "--card", "my.card", "--scp", "11a", "--keys",
             "renewed.keys", "--beside")
    refused(CARD_SAID, "6A80", *put, "--ec", "card.key", "--kid", "11",
            "--new-kvn", "41")
    refused(CARD_SAID, "6A88", *put, "--ec", "card.key", "--kid", "11",
            "--new-kvn", "45", "--replace", "44")
    refused(NO_CARD, "that is a public key", *put, "--ec", "card.pub",
            "--kid", "11", "--new-kvn", "45")
    refused(NO_CARD, "no key of an elliptic curve", *put, "--ec",
            write("not.der", "\x30\x03\x02\x01\x01"), "--kid", "10",
            "--new-kvn", "45")
    refused(USAGE, "--kid", *put, "--ec", "card.key", "--new-kvn", "45")
    refused(USAGE, "exclude", *put, "--ec", "card.key", "--new-keys",
            "issuer.keys", "--kid", "11", "--new-kvn", "45")
    refused(CARD_SAID, "6A88", *store, "11/45", "--certificate", "card.cert")
    refused(NO_CARD, "no certificate", *store, "11/41", "--certificate",
            "wallet.cap")
    refused(USAGE, "as 13/41", *store, "11", "--certificate", "none")
    refused(USAGE, "are needed", *store, "11/41")
    refused(NO_CARD, "File exists", "key", "generate", "--out", "card.key")
    refused(NO_CARD, "different curves", "key", "certify", "--for", "bp.pub",
            "--by", "other.key", "--serial", "1A", "--out", "x.cert")
    refused(NO_CARD, "that is a public key", "key", "certify", "--for",
            "bp.pub", "--by", "bp.pub", "--serial", "1A", "--out", "x.cert")
    need("a refused certificate is written", not os.path.exists("x.cert"))

    run(*store, "10/41", "--allow", "any", "--identifier", "none")
    run(*list_with("office.keys"))
    # more than one command carries
    run(*store, "11/41", "--certificate", "card.cert", "--certificate",
        "usage.cert", "--certificate", "office.cert")
    refused(CARD_SAID, "do not lead", *list_with("any-card.keys"))
    run(*store, "11/41", "--certificate", "none")
    refused(CARD_SAID, "no certificates of this key",
            *list_with("any-card.keys"))
    # a key in the place of the old one: what trusted the old does not open
    run(*put, "--ec", "other.key", "--kid", "11", "--new-kvn", "41",
        "--replace", "41")
    refused(CARD_SAID, "receipt is wrong", *list_with("office.keys"))
    run(*list_with(with_other("e.keys", card="other.pub")))
    run("key", "delete", "--kid", "13", "--old-kvn", "41", "--card", "my.card",
        "--scp", "11a", "--keys", "e.keys")
    refused(CARD_SAID, "has no key for it", "info", "--card", "my.card",
            "--scp", "11b", "--keys", "reader.keys")


def chain_of_ours():
    """An intermediate authority, its chain in either order, in brainpool; and
    a key that is longer than whole blocks.
    """
    sd = ("--card", "my.card", "--scp", "11a", "--keys", "e.keys")
    run("key", "generate", "--curve", "P-521", "--out", "521.key")
    run("key", "put", "--ec", "521.key", "--kid", "13", "--new-kvn", "47", *sd)
    run("info", "--card", "my.card", "--scp", "11b", "--keys",
        write("521.keys", "card 521.key\nkvn 47\n"))
    for name in ("bp-mid", "bp-host", "bp-card"):
        run("key", "generate", "--curve", "brainpoolP256r1", "--out",
            f"{name}.key", "--public", f"{name}.pub")
    run("key", "certify", "--for", "bp-mid.pub", "--by", "bp.key", "--serial",
        "10", "--certifies", "--out", "bp-mid.cert")
    run("key", "certify", "--for", "bp-host.pub", "--by", "bp-mid.key",
        "--serial", "11", "--out", "bp-host.cert")
    run("key", "put", "--ec", "bp-card.key", "--kid", "15", "--new-kvn", "46",
        *sd)
    run("key", "put", "--ec", "bp.pub", "--kid", "10", "--new-kvn", "46", *sd)
    for first, second in (("mid", "host"), ("host", "mid")):
        write("bp.keys", f"private bp-host.key\ncertificate bp-{first}.cert\n"
              f"certificate bp-{second}.cert\ncard bp-card.pub\nkvn 46\n"
              "authority 10/46\naes 256\n")
        run(*list_with("bp.keys", "11c"))


def tries():
    """Behind the limit nothing is opened, and it is said."""
    run("card", "new", "few.card", "--profile",
        write("few.profile", "tries = 2\n"))
    run("key", "put", "--ec", "card.key", "--kid", "11", "--new-kvn", "41",
        "--card", "few.card")
    run("key", "put", "--ec", "hosts-ca.pub", "--kid", "10", "--new-kvn", "41",
        "--card", "few.card")
    few = ("list", "--card", "few.card", "--scp", "11a", "--keys")
    sent = re.findall("^> (80(?:2A|82).*)$",
                      run(*few, "office.keys", "--trace").stderr, re.M)
    need(f"{sent}", len(sent) == 2)
    # as many as one likes of those that cost nothing
    for _ in range(3):
        refused(CARD_SAID, "6982", *few, "3.keys")
        refused(CARD_SAID, "receipt is wrong", *few, "1.keys")
    wrong = ("apdu", "00A4040000", *sent, "84F28002101112131415161718191A1B1C"
             "1D1E1F2000", "--card", "few.card")
    need_status("6982", *wrong)
    run(*few, "office.keys")
    need_status("6982", *wrong)
    need_status("6982", *wrong)
    refused(CARD_SAID, "6983, too many authentications have failed", *few,
            "office.keys")
    refused(CARD_SAID, "6983", "list", "--card", "few.card")


def sealed_pem():
    """A private key under a passphrase is not guessed at."""
    subprocess.run(["openssl", "pkey", "-in", "branch.pem", "-aes256",
                    "-passout", "pass:x", "-out", "sealed.pem"], check=True,
                   capture_output=True)
    refused(NO_CARD, "enciphered with a passphrase", "list", "--card",
            "my.card", "--scp", "11a", "--keys", write(
                "f.keys", "private sealed.pem\ncard card384.pub\n"))
    refused(NO_CARD, "certificate 1 of 1 is not one of SCP11", *list_with(
        with_other("g.keys", certificate="branch.crt")))


def main():
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        foreign = follow(pathlib.Path(name))
        need("a private key may be read by others",
             os.stat("card.key").st_mode & 0o077 == 0)
        other_keys()
        other_files()
        other_cards()
        if foreign:
            sealed_pem()
        tries()
        putting()
        chain_of_ours()
        run("card", "check", "my.card")
        os.chdir("/")
    print("a card is set up and managed by SCP11"
          + ("" if foreign else "; without openssl no X.509"))


main()
