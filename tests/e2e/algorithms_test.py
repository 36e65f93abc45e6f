#!/usr/bin/env python3
"""Proves that `card algorithms` tells what the card itself answers: what a card
has and has not, in JCAlgTest's form and by its names, as text and as JSON; that
the card file stays as it is; that the table's rows and the applet installed
from its CAP file say the same of a number, and no of numbers that the API does
not define; that docs/algorithms.md names what is refused, and all of it; and
that a locked card and a text that no section has are told.
"""
import pathlib
import re
import sys
import tempfile

from processes import ROOT, run, run_json

DONE, CARD_SAID, USAGE, NO_CARD = 0, 1, 2, 3
ROW = re.compile(r"[^;]+;(yes|no|error\(\w+\));\t\t\d+\.\d{6}(;-?\d+){3}$")
# section, name, answer
KNOWN = [
    ("javacard.security.MessageDigest", "ALG_SHA_256", "yes"),
    ("javacard.security.MessageDigest", "ALG_NULL", "no"),
    ("javacard.security.RandomData", "ALG_SECURE_RANDOM", "yes"),
    ("javacard.security.KeyBuilder", "TYPE_RSA_PUBLIC LENGTH_RSA_2048", "yes"),
    ("javacard.security.KeyBuilder", "TYPE_DES_TRANSIENT_RESET", "yes"),
    ("javacard.security.KeyBuilder", "TYPE_AES LENGTH_AES_128", "yes"),
    ("javacard.security.KeyBuilder", "TYPE_EC_FP_PRIVATE LENGTH_EC_FP_320",
     "yes"),
    ("javacard.security.KeyBuilder", "TYPE_EC_FP_PRIVATE LENGTH_EC_FP_640",
     "no"),
    ("javacard.security.KeyPair ALG_EC_FP on-card generation",
     "ALG_EC_FP LENGTH_EC_FP_256", "yes"),
    ("javacard.framework.OwnerPINBuilder", "OWNER_PIN_X", "yes"),
    ("javacardx.crypto.Cipher", "ALG_AES_BLOCK_128_CBC_NOPAD", "yes"),
    ("javacardx.crypto.Cipher", "ALG_AES_BLOCK_192_CBC_NOPAD", "no"),
    ("javacardx.crypto.AEADCipher", "CIPHER_AES_GCM", "yes"),
    ("javacardx.crypto.AEADCipher", "ALG_AES_CCM", "yes"),
    ("javacard.crypto.Signature", "ALG_ECDSA_SHA_256", "yes"),
    ("javacard.crypto.Signature", "ALG_AES_MAC_192_NOPAD", "no"),
]
PAIRS = "javacardx.crypto.Cipher.getInstance"
KNOWN_PAIRS = [
    ("CIPHER_AES_CBC PAD_PKCS5", "yes"),
    ("CIPHER_AES_CBC PAD_PKCS1_OAEP", "no"),
    ("CIPHER_AES_GCM PAD_NULL", "yes"),
]
# what JCAlgTest calls otherwise than the API does
NAMES = [("javacard.security.RandomData", "ALG_ALG_PRESEEDED_DRBG"),
         ("javacard.crypto.Signature", "ALG_SEED_MAC_NOPAD")]
# INS and data of the applet, the number in the table; FF: not in the API
APPLET = [("10", "0D", "javacardx.crypto.Cipher",
           "ALG_AES_BLOCK_128_CBC_NOPAD"),
          ("10", "7F", None, None),
          ("30", "04", "javacard.security.MessageDigest", "ALG_SHA_256"),
          ("30", "55", None, None),
          ("40", "0F0080", "javacard.security.KeyBuilder",
           "TYPE_AES LENGTH_AES_128"),
          ("40", "0F0081", None, None)]


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def table(text):
    """{section: {name: answer}}, after every line is held to its form."""
    body = text.partition("\nalgorithm_name;")[2].partition("\n")[2]
    found = {}
    for block in body.strip().split("\n\n"):
        title, *rows = block.splitlines()
        same(f"{title}: once", title in found, False)
        found[title] = {}
        for row in rows:
            same(f"the form of {row!r}", bool(ROW.match(row)), True)
            name, answer = row.split(";")[:2]
            same(f"{title}: {name}: once", name in found[title], False)
            found[title][name] = answer
    return found


def read(card):
    """All but the key pairs of RSA, DSA and DH, which take seconds."""
    found = {}
    for part in ("KeyPair ALG_EC", "javacard.security.M",
                 "KeyAgreement", "Checksum", "KeyBuilder", "RandomData",
                 "OwnerPIN", "javacardx.crypto",
                 "javacard.crypto.Signature"):
        found.update(table(run("card", "algorithms", card, "--only",
                               part).stdout))
    return found


def check_card(card):
    found = read(card)
    for section, name, answer in KNOWN:
        same(f"{section}: {name}", found[section].get(name), answer)
    pairs = [rows for title, rows in found.items() if title.startswith(PAIRS)]
    same("sections of pairs", len(pairs), 1)
    for name, answer in KNOWN_PAIRS:
        same(name, pairs[0].get(name), answer)
    for section, name in NAMES:
        same(f"{section}: {name}", name in found[section], True)
    triples = [rows for title, rows in found.items()
               if title.startswith("javacard.crypto.Signature.getInstance")]
    same("SIG_CIPHER_RSA PAD_PKCS1 ALG_SHA_256 is asked",
         "SIG_CIPHER_RSA PAD_PKCS1 ALG_SHA_256" in triples[0], True)
    return found


# names of one word each, and of several; LENGTH_EC_FP_640 is not the API's
ALONE = {"javacardx.crypto.Cipher": "Cipher",
         "javacardx.crypto.AEADCipher": "AEADCipher",
         "javacard.crypto.Signature": "Signature",
         "javacard.security.MessageDigest": "MessageDigest",
         "javacard.security.RandomData": "RandomData",
         "javacard.security.KeyAgreement": "KeyAgreement",
         "javacard.security.Checksum": "Checksum",
         "javacard.security.KeyBuilder": "KeyBuilder"}
SEVERAL = ("javacardx.crypto.Cipher.getInstance",
           "javacard.crypto.Signature.getInstance")
OWNERS = {"CIPHER": "Cipher", "PAD": "Cipher", "SIG": "Signature",
          "ALG": "MessageDigest"}


def refused_words(found):
    """(class, number) of what no combination is taken with."""
    rows = [row for title, rows in found.items() if title.startswith(SEVERAL)
            for row in rows.items()]
    taken = {w for name, a in rows if a == "yes" for w in name.split()}
    words = {w for name, _ in rows for w in name.split()}
    return {(OWNERS[w.split("_")[0]], w) for w in words - taken}


def check_refused(found):
    listed = set(re.findall(r"^\| (\w+) \| `(\w+)` \|", (
        ROOT / "docs/algorithms.md").read_text(), re.M))
    refused = {(ALONE[title], name) for title, rows in found.items()
               if title in ALONE for name, answer in rows.items()
               if answer != "yes" and not name.endswith("LENGTH_EC_FP_640")}
    same("sections", ALONE.keys() <= found.keys(), True)
    refused |= refused_words(found)
    same("what docs/algorithms.md names", sorted(listed), sorted(refused))


def check_head(card, small):
    text = run("card", "algorithms", card, "--only", "OwnerPIN").stdout
    for line in ("JCSystem.isObjectDeletionSupported;yes;",
                 "APDU.getProtocol();1B;"):
        same(line, line in text.splitlines(), True)
    key = "PERSISTENT"
    sizes = [run_json("card", "algorithms", c, "--only", "OwnerPIN")
             ["system"]["memory"][key] for c in (card, small)]
    same(f"memory is each card's own: {sizes}",
         sizes[0] > 200_000 > sizes[1] > 0, True)


def check_json(card, found):
    section = "javacard.security.KeyBuilder"
    listed = run_json("card", "algorithms", card, "--only", section)["sections"]
    same("JSON", {a["name"]: a["answer"] for a in listed[0]["algorithms"]},
         found[section])
    for a in listed[0]["algorithms"]:
        same(f"{a['name']}: supported", a["supported"], a["answer"] == "yes")
        same(f"{a['name']}: takes memory, {a['persistent']}",
             a["persistent"] > 0, a["supported"])


def check_applet(card, found):
    """The applet alone, which knows no names."""
    run("install", ROOT / "applets/algorithms.cap", "--card", card)
    commands = [f"80{ins}0000{len(data) // 2:02X}{data}00"
                for ins, data, _, _ in APPLET]
    said = run("apdu", "--card", card, "00A4040007F0504F53540401",
               *commands).stdout
    answers = re.findall(r"^< ?([0-9A-F]{6})[0-9A-F]{48}9000", said.replace(
        " 9000", "9000"), re.M)
    same(f"answers of the applet, {said}", len(answers), len(APPLET))
    for answer, (ins, data, section, name) in zip(answers, APPLET):
        wanted = found[section][name] if section else "no"
        same(f"INS {ins}, {data}: {name}", answer,
             {"yes": "000000", "no": "010003"}[wanted])


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        card, small = folder / "my.card", folder / "small.card"
        run("card", "new", card)
        run("card", "new", small, "--memory", "96K")
        before = card.read_bytes()
        found = check_card(card)
        check_refused(found)
        check_head(card, small)
        check_json(card, found)
        same("the card stays as it is", card.read_bytes() == before, True)
        same("a new card is like it",
             table(run("card", "algorithms", "--only", "RandomData").stdout),
             {k: v for k, v in found.items() if "RandomData" in k})
        run("card", "algorithms", card, "--only", "Frobnicate", expect=USAGE)
        run("card", "algorithms", folder / "none.card", expect=NO_CARD)
        check_applet(card, found)
        run("card", "algorithms", card, "--only", "Checksum", expect=CARD_SAID)
    print("algorithms: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
