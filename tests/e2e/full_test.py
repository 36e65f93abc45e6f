#!/usr/bin/env python3
"""Proves that a card which is full to the last byte is still its issuer's: its
applications answer, are locked and unlocked, and all of its content can be
deleted, keys, domains, applications and packages, whichever goes first; then
the card holds what it held before, and has as much room for it again.
"""
import json
import pathlib
import sys
import tempfile

from processes import POSTCARD, ROOT, Daemon, Failed, run

WALLET_CAP = ROOT / "applets/wallet.cap"
PACKAGE, MODULE = "F0504F535401", "F0504F53540101"
DOMAIN_PACKAGE, DOMAIN_MODULE = "A0000001515350", "A000000151535041"
NO_MEMORY = "6A84"
AT_ONCE = 40
MANY = 400  # more than fit of anything


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


def lv(hexadecimal):
    return f"{len(hexadecimal) // 2:02X}{hexadecimal}"


def command(header, data, le="00"):
    return header + lv(data) + le


def install(package, module, aid, privileges):
    return command("80E60C00", lv(package) + lv(module) + lv(aid) +
                   lv(privileges) + "02C900" + "00")


class Full:
    def __init__(self, folder):
        self.folder = folder
        self.card = folder / "full.card"
        run("card", "new", self.card, "--profile", "terse")
        self.before = self.dump()
        self.insert()

    def insert(self):
        """In a reader, as that does not wait for the disk each time."""
        self.reader = Daemon("card", [POSTCARD, "card", "run", self.card,
                                      "--listen", "127.0.0.1:0"], self.folder)

    def do(self, *arguments, **extra):
        return run(*arguments, "--connect", f"127.0.0.1:{self.reader.port()}",
                   **extra)

    def dump(self):
        return run("card", "check", self.card, "--dump").stdout

    def check(self):
        self.reader.stop()
        run("card", "check", self.card)
        self.insert()

    def send(self, commands):
        """Status words, each command in the issuer domain's session."""
        out = self.do("apdu", *commands, "--secure", expect=None).stdout
        return [line[-4:] for line in out.splitlines() if line[:2] == "< "]

    def fill(self, commands):
        """How many go until one finds no room."""
        done = 0
        for at in range(0, MANY, AT_ONCE):
            said = self.send([commands(i) for i in range(at, at + AT_ONCE)])
            same("answers", len(said), AT_ONCE)
            done += said.count("9000")
            if said[-1] == NO_MEMORY:
                return done
            same("filled", set(said), {"9000"})
        sys.exit("the card is never full")

    def fill_all(self):
        self.do("load", WALLET_CAP)
        keys = self.folder / "more.keys"
        keys.write_text("key " + "5C" * 16 + "\n")
        keys.chmod(0o600)
        for version in ("31", "32"):
            self.do("key", "put", "--new-keys", keys, "--new-kvn", version)
        self.run_a_session(keys)
        said = self.send([install(DOMAIN_PACKAGE, DOMAIN_MODULE, aid, "80")
                          for aid in DOMAINS])
        same("domains", said, ["9000"] * len(DOMAINS))
        self.applets = self.fill(
            lambda i: install(PACKAGE, MODULE, applet(i), "00"))
        for size in (100, 20, 3, 0):
            self.fill(lambda i, n=size: command(
                "80E29000", f"{0xDF20 + i % 0x60:04X}" +
                lv("5A" * (n + i // 0x60)), le=""))
        same("full", self.send([install(DOMAIN_PACKAGE, DOMAIN_MODULE,
                                        "F0504F535577", "80")]), [NO_MEMORY])
        self.check()

    def run_a_session(self, keys):
        """So that there is a counter to keep when the keys go."""
        self.do("list", "--keys", keys, "--kvn", "31")

    def live(self):
        aid = applet(0)
        self.do("lock", aid)
        self.do("unlock", aid)
        self.do("apdu", command("00A40400", aid), "8050000002")

    def delete_keys(self):
        for version in ("31", "32"):
            self.do("key", "delete", "--old-kvn", version)

    def delete_domains(self):
        self.do("delete", *DOMAINS)

    def delete_applets(self):
        for at in range(0, self.applets, AT_ONCE):
            self.do("delete", *map(applet, range(
                at, min(at + AT_ONCE, self.applets))))
        self.do("delete", PACKAGE)

    def empty(self, how):
        for step in how:
            getattr(self, step)()
            self.check()
        room = json.loads(self.do("info", "--json").stdout)["freePersistent"]
        self.reader.stop()
        return room


DOMAINS = ("F0504F535501", "F0504F535502")


def applet(i):
    return f"{PACKAGE}{i:04X}"


def objects(dump):
    """Without the data objects, which nothing deletes."""
    return [line for line in dump.splitlines() if not line.startswith("data")]


def main():
    with tempfile.TemporaryDirectory() as name:
        left = []
        try:
            for first in ("delete_keys", "delete_domains", "delete_applets"):
                folder = pathlib.Path(name) / first
                folder.mkdir()
                full = Full(folder)
                rest = [step for step in ("delete_applets", "delete_keys",
                                          "delete_domains") if step != first]
                try:
                    full.fill_all()
                    full.live()
                    left.append(full.empty([first, *rest]))
                finally:
                    full.reader.stop()
                same("content", objects(full.dump()), objects(full.before))
                print(f"{first}: {full.applets} applications, ok", flush=True)
        except Failed as e:
            sys.exit(str(e))
        same("room, whichever went first", len(set(left)), 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
