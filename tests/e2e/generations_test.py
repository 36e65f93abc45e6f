#!/usr/bin/env python3
"""Proves that an applet written for Visa's Open Platform of 2000 and one
written today run on one card, side by side: both built from Java, each in a
domain of its own, which its provider reaches through it; both with the one
global PIN; one on each of two channels, and the other way about.  And that
the card is blocked as the patent has it: an application asks, the card domain
decides by its privilege; card show, list and info tell each step in both
vocabularies.  On a card of today, and on one with the secure channel of 2000.
Skipped (77) without javac.
"""
import pathlib
import shutil
import sys
import tempfile

from processes import ROOT, Failed, run, run_json

JAVA = ROOT / "tests/e2e/java"
DONE, CARD_SAID = 0, 1
OLD_PLATFORM = ("scp03 = none\nscp02 = none\nscp11 = none\nscp01 = 05\n"
                "channels = 4\nisd-aid = A0000000030000\n")
THEN, NOW = "F0504F53545E01", "F0504F53545F01"
DOMAINS = {THEN: "F0504F53545E99", NOW: "F0504F53545F99"}
KEYS = {THEN: "5D1E9C0A7714B36280FE41D3962C8B57",
        NOW: "93C24E61F80B7DA5163E5A902CD7481B"}
READ = "80CA00000B"


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def build(folder):
    for name, aid in (("Then", THEN), ("Now", NOW)):
        source = JAVA / name.lower() / f"{name}.java"
        run("build", source.parent, "--package", aid[:-2], "--applet",
            f"{aid}={name}", "-o", folder / f"{name}.cap")
    return {THEN: folder / "Then.cap", NOW: folder / "Now.cap"}


class Card:
    def __init__(self, folder, profile):
        self.folder = folder
        self.path = folder / "one.card"
        run("card", "new", self.path, "--profile", profile)

    def do(self, *arguments, expect=DONE):
        return run(*arguments, "--card", self.path, expect=expect)

    def ask(self, *lines):
        """Commands and what each has to answer, in one power-on."""
        text = "".join(f"{'> ' if i % 2 == 0 else '< '}{line}\n"
                       for i, line in enumerate(lines))
        try:
            run("script", "-", "--quiet", "--card", self.path, text_in=text)
        except Failed as e:
            sys.exit(f"{text}{e}")

    def keys(self, aid):
        return ("--keys", self.folder / f"{aid}.keys")

    def give_domain(self, aid, kind):
        """A domain that takes what the issuer loads, with its provider's keys."""
        keys = self.folder / f"{aid}.keys"
        keys.write_text(f"key {KEYS[aid]}\n{kind}")
        keys.chmod(0o600)
        self.do("domain", DOMAINS[aid], "--params", "820120")
        self.do("key", "put", "--new-keys", keys, "--new-kvn", "31", "--via",
                DOMAINS[aid])

    def states(self):
        """What card show says, and list says the same."""
        shown = {e["aid"]: e["patent"] for e in
                 run_json("card", "show", self.path)
                 if e["kind"] == "application"}
        listed = {e["aid"]: e["patent"] for e in
                  run_json("list", THEN, NOW, "--card", self.path)}
        same("list beside card show", listed,
             {aid: shown.get(aid) for aid in listed})
        return [listed[aid] for aid in (THEN, NOW)]


def select(aid, channel=0):
    return f"{channel:02X}A40400{len(aid) // 2:02X}{aid}00"


def reach_the_domains(card):
    """Each by its own provider's keys, through the applet and not else."""
    for aid, other, label in ((THEN, NOW, "5468656E32303030"),
                              (NOW, THEN, "4E6F773230323620")):
        write = "80DA000008" + label
        card.ask(select(aid), "9000", write, "6982")
        for level in ("01", "03"):
            card.do("apdu", write, "--secure", "--via", aid, "--level", level,
                    *card.keys(aid))
        card.do("apdu", write, "--secure", "--via", aid, *card.keys(other),
                expect=CARD_SAID)
        card.do("apdu", write, "--secure", "--via", aid, expect=CARD_SAID)
        card.ask(select(aid), "9000", READ, f"XX07XX{label}9000")


def block(digits):
    """A PIN as of 2000: a block of ISO 9564, format 2."""
    return f"2{len(digits):X}{digits}".ljust(16, "F")


def share_the_pin(card):
    """Set by one, verified by the other; a try that one loses, both lose."""
    card.ask(select(NOW), "9000", "80240300021234", "9000",
             select(THEN), "9000", "8020000008" + block("1234"), "9000",
             "8020000008" + block("4321"), "63C2",
             select(NOW), "9000", READ, "XX07024E6F7732303236209000",
             "80200000021234", "9000", READ, "XX0703XXXXXXXXXXXXXXXX9000")
    card.ask(select(THEN), "9000", "8024000008" + block("567890"), "9000",
             select(NOW), "9000", "80200000021234", "63C2",
             "8020000003567890", "9000",
             select(THEN), "9000", READ, "XX0703XXXXXXXXXXXXXXXX9000")
    # both lose the last one; only who may change the PIN brings it back
    card.ask(select(NOW), "9000", "80200000021234", "63C2",
             select(THEN), "9000", "8020000008" + block("1234"), "63C1",
             select(NOW), "9000", "80200000021234", "63C0",
             select(THEN), "9000", "8020000008" + block("567890"), "63C0",
             select(NOW), "9000", "8024030003567890", "9000",
             select(THEN), "9000", "8020000008" + block("567890"), "9000")


def share_the_channels(card):
    for one, other in ((THEN, NOW), (NOW, THEN)):
        pin = {THEN: "8020000008" + block("567890"), NOW: "8020000003567890"}
        card.ask(select(one), "9000", "0070000001", "019000",
                 select(other, 1), "9000", READ, "XX07XXXXXXXXXXXXXXXXXX9000",
                 "81" + READ[2:], "XX07XXXXXXXXXXXXXXXXXX9000",
                 pin[one], "9000", "81" + pin[other][2:], "9000",
                 # neither is multiselectable: not twice at a time
                 select(one, 1), "6985", READ, "XX07XXXXXXXXXXXXXXXXXX9000",
                 "0070800100", "9000", "81" + READ[2:], "6881",
                 READ, "XX07XXXXXXXXXXXXXXXXXX9000")


def live(card, caps):
    """The patent's application life cycle, of both; returns them installed."""
    same("at first", card_absent(card), ["not available"] * 2)
    for aid in (THEN, NOW):
        card.do("load", caps[aid], "--domain", DOMAINS[aid])
        shown = run("card", "show", card.path).stdout
        same("loaded", "state=01 (loaded)" in shown, True)
        card.do("install", "--package", aid[:-2], "--applet", aid,
                "--domain", DOMAINS[aid], "--privileges", "cvm-management")
    same("installed and registered", card.states(), ["registered"] * 2)


def card_absent(card):
    return [e["patent"] for e in
            run_json("list", THEN, NOW, "--card", card.path)]


def personalized(card):
    """Each takes itself to the state that personalized is in both words."""
    for aid in (THEN, NOW):
        card.ask(select(aid), "9000", "80440F0000", "9000")
    same("their own state", card.states(), ["personalized"] * 2)


def ask_for_block(card, aid, other):
    """Without the privilege nothing happens; with it the card is blocked."""
    before = run("card", "check", card.path, "--dump").stdout
    card.ask(select(aid), "9000", "80FE000000", "6982")
    same("refused, unchanged",
         run("card", "check", card.path, "--dump").stdout, before)
    # delete and install anew: a privilege is given by the issuer alone
    card.do("delete", aid)
    card.do("install", "--package", aid[:-2], "--applet", aid, "--privileges",
            "card-lock", "--domain", DOMAINS[aid])
    card.ask(select(aid), "9000", "80FE000000", "9000")
    shown = run("card", "show", card.path).stdout
    same("card show", "card state=CARD_LOCKED (blocked) " in shown, True)
    same("info", run_json("info", "--card", card.path)["state"],
         "CARD_LOCKED (blocked)")
    listed = run("list", "--card", card.path).stdout
    same("list", "CARD_LOCKED (blocked)" in listed, True)
    for one in (aid, other):
        card.ask(select(one), "6A81")
    card.do("install", "--package", aid[:-2], "--applet", aid, "--instance",
            aid + "02", "--domain", DOMAINS[aid], expect=CARD_SAID)
    run("card", "check", card.path)
    card.do("unlock")
    card.ask(select(aid), "9000", READ, "0F07XXXXXXXXXXXXXXXXXX9000",
             select(other), "9000", READ, "0FXXXXXXXXXXXXXXXXXXXX9000")


def story(folder, profile, kind):
    caps = build(folder)
    card = Card(folder, profile)
    for aid in (THEN, NOW):
        card.give_domain(aid, kind)
    live(card, caps)
    reach_the_domains(card)
    share_the_pin(card)
    share_the_channels(card)
    personalized(card)
    for state in ("initialized", "secured"):
        card.do("lock", "--to", state)
    ask_for_block(card, THEN, NOW)
    ask_for_block(card, NOW, THEN)
    run("card", "check", card.path)


def main():
    if shutil.which("javac") is None:
        print("skipped: there is no javac")
        return 77
    for name, text, kind in (("today", "", ""),
                             ("2000", OLD_PLATFORM, "type des\n")):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            profile = folder / "a.profile"
            profile.write_text(text)
            try:
                story(folder, profile, kind)
            except Failed as e:
                sys.exit(f"{name}: {e}")
        print(f"{name}: ok", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
