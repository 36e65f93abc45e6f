#!/usr/bin/env python3
"""The main job, told with real processes; ./demo builds and starts it.

State lives in a folder (build/demo).  A run that was cut off, whatever
process died, is taken up again by the next: each step looks at what is there
before it does anything.  --fresh begins from nothing.
"""
import argparse
import json
import os
import pathlib
import secrets
import shutil
import signal
import sys

import captext
import proxy
import reader
from processes import POSTCARD, ROOT, Daemon, Failed, end_leftovers, run, \
    run_json, wait_until
from story import Story

WALLET_PACKAGE = "F0504F535401"
WALLET = "F0504F53540101"
LOYALTY_PACKAGE = "F0504F535402"
LOYALTY = "F0504F53540201"
PROVIDER = "F0504F53540301"
SELECT_WALLET = "00A4040007" + WALLET + "00"
SELECT_LOYALTY = "00A4040007" + LOYALTY + "00"
BALANCE = "8050000002"
PIN = "31323334"
VERIFY = "8020000004" + PIN
OWNER = b"Ada".hex()
PERSONALIZE = [f"0101{len(OWNER) // 2:02X}{OWNER}", "010204" + PIN,
               "010306" + "2710" + "1388" + "07D0"]


class Demo:
    def __init__(self, folder, builds):
        self.folder = folder
        self.builds = builds  # applets from their sources
        folder.mkdir(parents=True, exist_ok=True)
        self.image = folder / "card.img"
        self.issuer = folder / "issuer.keys"
        self.log = folder / "card.log"
        self.pcscd = None
        self.card = None
        self.server = None
        self.url = None
        self.where = []      # how clients reach the card
        self.client_env = {}

    # ---- the card's processes ----

    def apdus(self):
        if not self.log.exists():
            return 0
        return self.log.read_text().count("> ")

    def reasons(self):
        """What the card said of its last refusal."""
        lines = [x for x in self.log.read_text().splitlines()
                 if x.startswith("# ")]
        return lines[-1][2:] if lines else "no reason"

    def insert(self):
        """The card into the reader; over TCP where pcscd cannot run."""
        command = [POSTCARD, "card", "run", str(self.image), "--log",
                   str(self.log)]
        if self.pcscd:
            self.card = Daemon("card", [
                *self.pcscd.join(), *command, "--reader",
                f"vpcd:127.0.0.1:{reader.PORT}"], self.folder)
            self.where = ["--reader", reader.READER]
            self.client_env = self.pcscd.env
            wait_until("the card in the reader", 10, lambda: run(
                "apdu", "00A4040000", *self.where, env=self.client_env,
                expect=None).returncode == 0)
        else:
            self.card = Daemon("card", [*command, "--listen", "127.0.0.1:0"],
                               self.folder)
            self.where = ["--connect", f"127.0.0.1:{self.card.port()}"]

    def pull(self, how=signal.SIGTERM):
        if self.card:
            self.card.stop(how)
        self.card = None

    def client(self, *arguments, **extra):
        return run(*arguments, *self.where, env=self.client_env, **extra)

    def exchange(self, *commands, expect="9000"):
        """APDUs; the data of the last response."""
        result = self.client("apdu", *commands, "--expect", expect)
        answers = [x[2:] for x in result.stdout.splitlines()
                   if x.startswith("< ")]
        return answers[-1][:-4]

    def dump(self):
        """What is on the card, without counters; the card must be out."""
        return run("card", "check", self.image, "--dump").stdout

    # ---- 1: applications ----

    def build_applets(self):
        if not self.builds:
            return ["the committed CAP files are used"]
        if not shutil.which("javac"):
            return ["no JDK here: the committed CAP files are used"]
        built = self.folder / "built"
        built.mkdir(exist_ok=True)
        run("build", ROOT / "applets/wallet", "--package", WALLET_PACKAGE,
            "--applet", f"{WALLET}=Wallet", "-o", built / "wallet.cap")
        run("build", ROOT / "applets/loyalty", "--package", LOYALTY_PACKAGE,
            "--applet", f"{LOYALTY}=LoyaltyProgram", "--exp",
            built / "wallet.exp", "-o", built / "loyalty.cap")
        for name in ("wallet.cap", "loyalty.cap"):
            if (built / name).read_bytes() != \
                    (ROOT / "applets" / name).read_bytes():
                raise Failed(f"{name} is not the committed file")
        return ["wallet.cap and loyalty.cap: javac, our converter, and the "
                "same bytes as committed"]

    # ---- 2: server ----

    def make_keys(self, name, kvn):
        path = self.folder / f"{name}.keys"
        if not path.exists():
            new = path.with_suffix(".new")
            new.touch(0o600)
            new.write_text(f"key {secrets.token_hex(16)}\nkvn {kvn}\n"
                           "type aes\ndiversification kdf3\n")
            new.rename(path)
        return path

    def start_server(self):
        keys = {"issuer": self.make_keys("issuer", "30"),
                "provider1": self.make_keys("provider1", "31"),
                "provider2": self.make_keys("provider2", "32")}
        passphrase = self.folder / "passphrase"
        if not passphrase.exists():
            passphrase.write_text(secrets.token_hex(16))
            passphrase.chmod(0o600)
        imports = [x for name, path in keys.items()
                   for x in ("--import-keys", f"{name}={path}")]
        self.server = Daemon("server", [
            POSTCARD, "server", "--dir", str(self.folder / "server"),
            "--listen", "127.0.0.1:0", "--passphrase-file", str(passphrase),
            *imports], self.folder)
        self.url = f"http://127.0.0.1:{self.server.port()}"
        return [f"{self.url}, store in SQLite"]

    def admin(self, *arguments, **extra):
        return run(*arguments, "--server", self.url, "--token-file",
                   self.folder / "server/admin.token", **extra)

    def admin_json(self, *arguments):
        return json.loads(self.admin(*arguments, "--json").stdout)

    def publish(self, cap, name):
        self.admin("publish", ROOT / "applets" / cap, "--name", name,
                   "--version", "1.0")
        return [f"{name} 1.0 is in the catalogue"]

    # ---- 3: issuance ----

    def issue(self):
        card = self.folder / "card.json"
        if not self.image.exists() or not card.exists():
            self.image.unlink(missing_ok=True)
            issued = run_json("card", "new", self.image, "--profile", "issued",
                              "--keys", self.issuer, "--memory", "128K")
            card.write_text(json.dumps(issued))
        self.issued = json.loads(card.read_text())
        known = self.admin_json("cards", "list")
        if self.issued["cin"] not in json.dumps(known):
            self.admin("cards", "add", "--id", self.issued["cin"], "--kdd",
                       self.issued["kdd"], "--kvn", self.issued["kvn"],
                       "--keys", "issuer")
        return [f"card {self.issued['cin']}: SECURED (load secured), keys of "
                "its own from the issuer's master key; registered"]

    # ---- 4: reader ----

    def start_reader(self):
        said = []
        try:
            self.pcscd = reader.Reader(self.folder)
            self.pcscd.start()
            said.append("pcscd with vpcd, on a private socket and in a "
                        "network of its own")
        except reader.ReaderError as reason:
            self.pcscd = None
            said.append(f"no PC/SC here ({reason}): TCP on loopback instead")
        self.insert()
        return said

    # ---- 5: delivery ----

    def carry(self):
        """The terminal: it has a token, and no key."""
        run("terminal", "--server", self.url, "--token-file",
            self.folder / "server/terminal.token", "--once", *self.where,
            env=self.client_env)

    def deploy(self, name, *order):
        """Orders once; whatever was cut off is completed by the next contact.
        """
        note = self.folder / f"order-{name}"
        if not note.exists():
            ordered = self.admin_json("deploy", "order", "--card",
                                      self.issued["cin"], *order)
            note.write_text(str(ordered["id"]))
        number = note.read_text()
        self.carry()
        done = self.admin_json("deploy", "wait", number, "--timeout", "30")
        steps = done.get("steps", [])
        return [f"deployment {number}: {done['state']}, "
                f"{len(steps)} steps"]

    def deploy_wallet(self):
        personalize = [x for dgi in PERSONALIZE
                       for x in ("--personalize", dgi)]
        said = self.deploy("wallet", "--kind", "install", "--app", "wallet",
                           "--instance", WALLET, *personalize)
        owner = self.exchange(SELECT_WALLET, "8054000000")
        if bytes.fromhex(owner) != b"Ada":
            raise Failed(f"the wallet's owner is {owner}")
        return said + ["loaded, installed, made selectable, personalised: "
                       "the wallet says its owner is Ada"]

    # ---- 6: use ----

    def balance(self):
        return int(self.exchange(SELECT_WALLET, BALANCE), 16)

    def bring_to(self, before, command, after):
        """Moves money once, also when the story is told again."""
        if self.balance() == before:
            self.exchange(SELECT_WALLET, VERIFY, command)
        if self.balance() != after:
            raise Failed(f"the balance is {self.balance()}, not {after}")

    def use_wallet(self):
        if self.balance() in (0, 1000):
            self.bring_to(0, "803000000203E8", 1000)
            self.bring_to(1000, "804000000200FA", 750)
        if self.balance() < 5000:
            self.exchange(SELECT_WALLET, VERIFY, "80400000021388",
                          expect="6A85")
        return [f"credit 1000, debit 250, balance {self.balance()}; a debit "
                "of 5000 is refused: 6A85"]

    def power_cycle(self):
        before = self.balance()
        self.pull()
        self.insert()
        if self.balance() != before:
            raise Failed("the balance is gone")
        return [f"off and on again: the balance is still {before}"]

    # ---- 7: an application provider ----

    def provider_domain(self):
        said = self.deploy("domain", "--kind", "domain", "--domain", PROVIDER,
                           "--keys", "provider1", "--kvn", "31")
        said += self.deploy("rotate", "--kind", "rotate", "--domain", PROVIDER,
                            "--keys", "provider2", "--kvn", "32")
        return said + ["first keys put, then replaced by the provider in a "
                       "session of its own.",
                       "Whoever put the first keys could follow that "
                       "replacement: confidential set-up is another job."]

    def deploy_loyalty(self):
        return self.deploy("loyalty", "--kind", "install", "--app", "loyalty",
                           "--instance", LOYALTY, "--domain", PROVIDER)

    def points(self):
        return int(self.exchange(SELECT_LOYALTY, BALANCE), 16)

    def credit_loyalty(self):
        self.deploy("partner", "--kind", "install", "--app", "wallet",
                    "--instance", WALLET, "--personalize",
                    f"0104{len(LOYALTY) // 2:02X}{LOYALTY}")
        if self.points() == 0:
            self.bring_to(750, "804000000200C8", 550)
        if self.points() != 20:
            raise Failed(f"{self.points()} points, not 20")
        return ["a purchase of 200: the wallet calls loyalty through its "
                "shareable interface; 20 points"]

    # ---- 8: refused ----

    def unchanged(self, action):
        """Runs an attack on the card over TCP; the card stays as it was."""
        self.pull()
        before = self.dump()
        command = [POSTCARD, "card", "run", str(self.image), "--log",
                   str(self.log), "--listen", "127.0.0.1:0"]
        self.card = Daemon("attacked", command, self.folder)
        try:
            said = action(self.card.port())
        finally:
            self.pull()
        if self.dump() != before:
            raise Failed("the card is not as it was")
        self.insert()
        return said

    def attack(self, port, verb, *arguments, expect=1):
        keys = ["--keys", self.issuer]
        if "--keys" in map(str, arguments):
            keys = []
        result = run(verb, *arguments, *keys, "--connect", f"127.0.0.1:{port}",
                     expect=None)
        if result.returncode != expect:
            raise Failed(f"exit {result.returncode}, expected {expect}: "
                         f"{result.stdout} {result.stderr}")
        lines = [x for x in result.stderr.splitlines() if "refused" in x or
                 "card" in x] or result.stderr.splitlines()
        return lines[0].replace("postcard: ", "") if lines else "refused"

    def fresh_cap(self, name, *edits):
        """A package under an AID that is not on the card."""
        return captext.remade(ROOT / "applets" / name,
                              self.folder / ("fresh-" + name),
                              captext.renamed, *edits)

    def flipped_bit(self):
        seen = []

        def flip(apdu):
            if len(apdu) > 40 and apdu[1] == 0xE8 and not seen:
                seen.append(apdu)
                apdu = apdu[:30] + bytes([apdu[30] ^ 1]) + apdu[31:]
            return apdu

        def action(port):
            relay = proxy.Proxy("127.0.0.1", port, flip)
            said = self.attack(relay.port, "load",
                               self.fresh_cap("wallet.cap"))
            relay.close()
            if not seen:
                raise Failed("no LOAD passed by")
            return [said, self.reasons()]
        return self.unchanged(action)

    def wrong_keys(self):
        wrong = self.make_keys("wrong", "30")
        return self.unchanged(lambda port: [
            self.attack(port, "list", "--keys", wrong)])

    def ill_typed(self):
        path = self.fresh_cap("wallet.cap", captext.ill_typed)
        return self.unchanged(lambda port: [
            self.attack(port, "load", path), self.reasons()])

    def too_large(self):
        path = self.fresh_cap("loyalty.cap", captext.enlarged(60000))
        return self.unchanged(lambda port: [
            self.attack(port, "load", path), self.reasons()])

    def power_cut(self):
        blocks = []

        def cut(apdu):
            if apdu[1] == 0xE8:
                blocks.append(apdu)
                if len(blocks) == 3:
                    self.card.process.send_signal(signal.SIGKILL)
                    self.card.process.wait(10)
                    return None
            return apdu

        def action(port):
            relay = proxy.Proxy("127.0.0.1", port, cut)
            said = self.attack(relay.port, "load",
                               self.fresh_cap("wallet.cap"), expect=3)
            relay.close()
            return [f"killed at LOAD block {len(blocks)}: {said}"]
        return self.unchanged(action)

    # ---- 9: agreement ----

    def agree(self):
        content = self.admin_json("cards", "content", self.issued["cin"])
        told = {x["aid"] for x in content["content"]}
        listed = json.loads(self.client("list", "--keys", self.issuer,
                                        "--json").stdout)
        seen = set()

        def collect(node):
            if isinstance(node, dict):
                if "aid" in node and node.get("kind") != "module":
                    seen.add(node["aid"])
                for key, value in node.items():
                    if key not in ("modules", "applets"):
                        collect(value)
            elif isinstance(node, list):
                for value in node:
                    collect(value)
        collect(listed)
        if told != seen:
            raise Failed(f"server {sorted(told)}\ncard   {sorted(seen)}")
        return [f"server and card name the same {len(seen)}: "
                + ", ".join(sorted(seen))]

    def stop(self):
        self.pull()
        if self.server:
            self.server.stop()
        if self.pcscd:
            self.pcscd.stop()


def tell(demo, story):
    story.tell("two applications: Java to CAP", demo.build_applets)
    story.tell("the application server starts", demo.start_server)
    story.tell("the wallet is published", demo.publish, "wallet.cap", "wallet")
    story.tell("a card is issued", demo.issue)
    story.tell("the card goes into a reader", demo.start_reader)
    story.tell("the wallet is delivered through a terminal",
               demo.deploy_wallet)
    story.tell("the wallet is used", demo.use_wallet)
    story.tell("power off, power on", demo.power_cycle)
    story.tell("loyalty is published", demo.publish, "loyalty.cap", "loyalty")
    story.tell("an application provider gets a security domain",
               demo.provider_domain)
    story.tell("loyalty is loaded into it, under the provider's keys",
               demo.deploy_loyalty)
    story.tell("the wallet credits loyalty", demo.credit_loyalty)
    story.tell("refused: a bit flipped in a LOAD block", demo.flipped_bit)
    story.tell("refused: a session with wrong keys", demo.wrong_keys)
    story.tell("refused: ill-typed code", demo.ill_typed)
    story.tell("refused: too large for the memory left", demo.too_large)
    story.tell("power cut in the middle of a LOAD", demo.power_cut)
    story.tell("server and card agree", demo.agree)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=pathlib.Path, default=ROOT / "build/demo")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--committed", action="store_true",
                        help="use the committed CAP files, build none")
    options = parser.parse_args()
    end_leftovers(options.dir)
    done = options.dir / "done"
    if options.fresh or done.exists():
        shutil.rmtree(options.dir, ignore_errors=True)
    os.umask(0o077)
    demo = Demo(options.dir.resolve(), not options.committed)
    story = Story(demo.apdus)
    try:
        tell(demo, story)
        status = story.end()
    finally:
        demo.stop()
    if status == 0:
        done.touch()
    return status


if __name__ == "__main__":
    sys.exit(main())
