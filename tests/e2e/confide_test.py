#!/usr/bin/env python3
"""Proves 'postcard confide' [Amd A 3]: with a Controlling Authority's domain on
the card, a provider gets keys of its domain that open it and that the issuer's
channel did not carry; they are saved for the provider alone, and only when
everything is right; a provider shows its certificate.  The authority's key and
certificate were made by another program; on another card they are made here, as
the manual page has it.
"""
import pathlib
import re
import sys
import tempfile

from processes import run

CASD, DOMAIN = "A00000015153504341534400", "F0504F53540301"
TEST_KEY = "404142434445464748494A4B4C4D4E4F"
CARD_SAID, USAGE, NO_CARD, REFUSED = 1, 2, 3, 4
# A private key of version 74 on P-256, enciphered with the test key; its
# certificate; the key pair of who certified it.
PRIVATE = ("00B91DB913950200809601018001B1810120820101830174B9068001"
           "F08501008137209B67303BEACC619D2551A9A0ED626169CA91B49285"
           "DA387FAAED4A186B14AF32")
CERTIFICATE = ("7F2181A5930101420243415F200443415344950200805F2404204012"
               "317F4946B041040E628119EBAE36898F48698B6D8D4E31829B53B9DF"
               "11D9542DBF3031D1FDF1C2327CB0727D9235477364AF72F5A4B09BD2"
               "A179572BA2F1E2F1EC00D0335BAD30F001005F3740F4242EDC76E1A0"
               "66195752146CE58CD147391210AA99CF48BF491668BC8F6C4A78CF99"
               "AE31B1F63B5C56BD079F3E488EB1123852AF6214B7AE9CCAD5744912"
               "D9")
TRUST = ("04738F9A76C455CE74A155AD59E1C70D206DC9131D99E94FEA57DB24"
         "7B03FF5F35A9A52BF37C459022560A95F199E7CE2828B220F591AE8D"
         "A8F8B8E82D2FC2BFAD")
SECRET = "AC063BD1DF793751C29733AEE6804A9B353D6A41F231FB9DE877E5B2685A0BBC"


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def card_with_authority(folder):
    (folder / "ca.pub").write_text(f"curve P-256\npublic {TRUST}\n")
    (folder / "ca.key").write_text(f"curve P-256\nprivate {SECRET}\n")
    card = folder / "confide.card"
    at = ("--card", card)
    run("card", "new", card)
    run("domain", CASD, "--authority", *at)
    run("key", "put", "--new-keys", TEST_KEY, "--new-kvn", "31", "--via", CASD,
        *at)
    own = ("--via", CASD, "--keys", TEST_KEY, *at)
    run("personalize", "--format", "dgi", "--data", PRIVATE, *own)
    run("personalize", "--format", "tlv", "--data", CERTIFICATE, *own)
    run("domain", DOMAIN, *at)
    return card


def confide(card, saved, *more, expect=0, trust="ca.pub", kvn="31"):
    return run("confide", DOMAIN, "--new-kvn", kvn, "--trust",
               card.parent / trust, "--save", saved, "--card", card, *more,
               expect=expect)


def opens(card, keys, expect=0):
    run("list", "--via", DOMAIN, "--keys", keys, "--card", card, expect=expect)


def agrees(card, folder):
    saved = folder / "provider.keys"
    done = confide(card, saved)
    same("said", done.stdout,
         f"keys of version 31 agreed on, and saved in {saved}\n")
    same("mode", saved.stat().st_mode & 0o777, 0o600)
    text = saved.read_text()
    if not re.fullmatch(r"kvn 31\ntype aes\n(?:(?:enc|mac|dek) [0-9A-F]{32}\n)"
                        r"{3}", text):
        sys.exit(f"no key file: {text!r}")
    opens(card, saved)
    opens(card, TEST_KEY, expect=CARD_SAID)
    # longer ones, bound to who is who, when the card has both its numbers; then
    # nothing but these
    longer = folder / "longer.keys"
    confide(card, longer, "--name", "504F5354", kvn="32", expect=CARD_SAID)
    run("personalize", "--format", "tlv", "--data", "4203112233", "--card",
        card)
    confide(card, longer, "--bytes", "32", "--name", "504F5354", "--only",
            kvn="32")
    opens(card, longer)
    opens(card, saved, expect=CARD_SAID)
    run("card", "check", card)


def traced(card, folder):
    """No key that is saved stands in what the carrier's channel carried."""
    saved = folder / "traced.keys"
    seen = confide(card, saved, "--trace", "--level", "01", kvn="33").stderr
    seen = re.sub(r"[^0-9A-F]", "", seen.upper())
    for key in re.findall(r"^(?:enc|mac|dek) (\w+)$", saved.read_text(), re.M):
        if key in seen:
            sys.exit("a key was carried")
    if "00A6" not in seen or "7F49" not in seen:
        sys.exit("the trace shows no offer")


def refuses(card, folder):
    saved = folder / "never.keys"
    # another key on the curve: nobody who certified this card
    run("key", "generate", "--out", folder / "other.key")
    result = confide(card, saved, trust="other.key", expect=None)
    same("untrusted", result.returncode, CARD_SAID)
    same("its advice", ("--trust" in result.stderr, "--kvn" in result.stderr),
         (True, False))
    confide(card, saved, "--authority", "A000000151535399", expect=CARD_SAID)
    confide(card, saved, "--kid", "7E", expect=None)
    confide(card, saved, "--bytes", "20", expect=USAGE)
    confide(card, saved, "--own", folder / "ca.key", expect=USAGE)
    confide(card, saved, trust="none.pub", expect=NO_CARD)
    confide(card, saved, "--des", "--bytes", "32", expect=USAGE)
    run("confide", DOMAIN, "--card", card, expect=USAGE)
    if saved.exists():
        sys.exit("a file of keys that there are not")
    saved.write_text("mine\n")
    confide(card, saved, expect=REFUSED)
    same("a file that was there", saved.read_text(), "mine\n")


def shows_its_certificate(card, folder):
    """The card proves the provider, once it knows who certifies those."""
    key, other = folder / "provider.key", folder / "other.key"
    certificate, saved = folder / "provider.cert", folder / "proved.keys"
    run("key", "generate", "--out", key)
    run("key", "certify", "--for", key, "--by", folder / "ca.key", "--serial",
        "02", "--certifies", "--out", certificate)
    shown = ("--certificate", certificate, "--own")
    confide(card, saved, *shown, key, kvn="34", expect=CARD_SAID)
    run("key", "put", "--ec", folder / "ca.pub", "--kid", "10", "--new-kvn",
        "74", "--via", CASD, "--keys", TEST_KEY, "--card", card)
    confide(card, saved, *shown, other, kvn="34", expect=CARD_SAID)
    confide(card, saved, *shown, folder / "ca.pub", kvn="34", expect=NO_CARD)
    if saved.exists():
        sys.exit("a file of keys that there are not")
    confide(card, saved, *shown, key, kvn="34")
    opens(card, saved)


def made_here(folder):
    """An authority on another curve, by this program alone."""
    folder.mkdir()
    card = folder / "made.card"
    at = ("--card", card)
    own = ("--via", CASD, "--keys", TEST_KEY, *at)
    for name in "ca", "casd":
        run("key", "generate", "--curve", "P-384", "--out",
            folder / f"{name}.key")
    run("key", "certify", "--for", folder / "casd.key", "--by",
        folder / "ca.key", "--serial", "01", "--out", folder / "casd.cert")
    run("card", "new", card)
    run("domain", CASD, "--authority", *at)
    run("domain", DOMAIN, *at)
    run("key", "put", "--new-keys", TEST_KEY, "--new-kvn", "31", "--via", CASD,
        *at)
    run("key", "put", "--ec", folder / "casd.key", "--kid", "11", "--new-kvn",
        "74", *own)
    certificate = (folder / "casd.cert").read_text().strip()
    run("personalize", "--format", "tlv", "--data", certificate[:200], "--data",
        certificate[200:], *own)
    confide(card, folder / "domain.keys", "--bytes", "24", trust="ca.key")
    opens(card, folder / "domain.keys")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        card = card_with_authority(folder)
        agrees(card, folder)
        traced(card, folder)
        refuses(card, folder)
        shows_its_certificate(card, folder)
        made_here(folder / "made")


main()
