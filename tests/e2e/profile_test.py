#!/usr/bin/env python3
"""Proves the profiles of `postcard card new`: each that is built in is listed
and makes a consistent card that a session opens on; every key of a file shows
on the card; files that are wrong are refused with path and line, and leave no
card; options go before the profile; --production refuses
keys that everybody has; the patent's words stand beside the
standard's in card show, list and info.
"""
import pathlib
import re
import sys
import tempfile

from processes import ROOT, Failed, run, run_json

WALLET_CAP = ROOT / "applets/wallet.cap"
EXAMPLE = ROOT / "docs/examples/acme.profile"
DONE, CARD_SAID, USAGE, NO_CARD, REFUSED = range(5)
TEST_KEY = "404142434445464748494A4B4C4D4E4F"


def same(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")


class Maker:
    """Cards of profiles, one a call, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def path(self, text):
        self.count += 1
        path = self.folder / f"{self.count}.profile"
        path.write_text(text)
        return path

    def new(self, profile, *options):
        self.count += 1
        card = self.folder / f"{self.count}.card"
        run("card", "new", card, "--profile", profile, *options)
        return card

    def info(self, text, *options):
        return run_json("info", "--card", self.new(self.path(text), *options))


def names():
    lines = run("card", "new", "--profile", "help").stdout.splitlines()
    found = [line.split(None, 1) for line in lines]
    if any(len(pair) != 2 or len(pair[1]) < 20 for pair in found):
        sys.exit(f"--profile help: {lines}")
    return [name for name, _ in found]


def built_in(make):
    same("profiles", names(), ["gp231", "issued", "gp22-jcop-like", "uicc",
                               "visa-op201", "terse"])
    seen = {}
    for name in names() + ["developer"]:
        card = make.new(name, "--seed", "one")
        run("card", "check", card)
        info = run_json("info", "--card", card)
        seen[name] = info
        if f"`{name}`" not in (ROOT / "docs/profiles.md").read_text():
            sys.exit(f"docs/profiles.md does not name {name}")
    for name in ("visa-op201", "terse"):
        run("install", WALLET_CAP, "--card", make.new(name))
    same("developer is gp231", seen["developer"], seen["gp231"])
    same("channel", {n: i["channel"][:10] for n, i in seen.items()},
         {"gp231": "SCP03 i=70", "issued": "SCP03 i=70",
          "gp22-jcop-like": "SCP03 i=70", "uicc": "SCP03 i=70",
          "visa-op201": "SCP01 i=05", "terse": "SCP03 i=70",
          "developer": "SCP03 i=70"})
    same("states", [seen[n]["state"] for n in ("gp231", "issued", "uicc")],
         ["OP_READY (masked)", "SECURED (load secured)",
          "SECURED (load secured)"])
    same("versions", [k["kvn"] for k in seen["visa-op201"]["keys"]], [1] * 3)
    same("domain", seen["visa-op201"]["domain"], "A0000000030000")
    same("no recognition data", seen["visa-op201"]["protocols"], [])
    same("protocols", seen["gp22-jcop-like"]["protocols"],
         ["SCP03 i=70", "SCP02 i=55"])
    if bytes.fromhex(seen["gp22-jcop-like"]["atr"])[6:-1] != b"JCOP-like":
        sys.exit(f"ATR {seen['gp22-jcop-like']['atr']}")
    # the year's last digit and the day in the year; the serial is the card's
    cplc = seen["gp22-jcop-like"]["cplc"]
    same("CPLC", (cplc[:24], cplc[32:36]),
         ("479051684791215302213074", "0001"))
    same("CPLC serial", cplc[24:32], seen["gp22-jcop-like"]["diversification"]
         [-8:])


def identity(make):
    info = make.info("isd-aid = F0001122334455\niin = 420007 # ours\n"
                     "cin=0102030405\n")
    same("numbers", (info["domain"], info["iin"], info["cin"]),
         ("F0001122334455", "420007", "0102030405"))
    info = make.info("iin = 42\ncin = 01\n", "--iin", "77", "--cin", "78")
    same("options first", (info["iin"], info["cin"]), ("77", "78"))
    one, other = make.info("cin = random\n"), make.info("")
    if len(one["cin"]) != 16 or one["cin"] == other["cin"]:
        sys.exit(f"random CINs {one['cin']} {other['cin']}")


def size_and_state(make):
    for size, bytes_ in (("64K", 64 << 10), ("1M", 1 << 20)):
        card = make.new(make.path(f"memory = {size}\n"))
        same("image", card.stat().st_size, 4096 + bytes_)
    card = make.new(make.path("memory = 1M\n"), "--memory", "128K")
    same("option", card.stat().st_size, 4096 + (128 << 10))
    for state in ("OP_READY (masked)", "INITIALIZED (initialized)",
                  "SECURED (load secured)"):
        info = make.info(f"life-cycle = {state.split()[0]}\n")
        same("life cycle", info["state"], state)


def look(make):
    info = make.info("historical-bytes = 80A1B2\n")
    same("ATR", info["atr"][:18], "3B838131FE4580A1B2")
    info = make.info("channels = 4\nhistorical-bytes = default\n")
    same("ATR", info["atr"][12:22], "8073C001DB")
    card = make.new(make.path("channels = 2\n"))
    run("apdu", "0070000001", "--card", card)
    run("apdu", "0070000001", "0070000001", "--expect", "6A81", "--card", card)
    card = make.new(make.path("gp-version = 2.1.1\n"))
    if "2A864886FC6B02020101" not in run("apdu", "80CA006600", "--card",
                                         card).stdout.replace(" ", ""):
        sys.exit("GET DATA 66 does not say 2.1.1")
    card = make.new(make.path("gp-version = none\n"))
    run("apdu", "80CA006600", "--expect", "6A88", "--card", card)


def production(make):
    dates = ["os-date", "fabrication-date", "module-date", "embedding-date",
             "pre-personalization-date", "personalization-date"]
    twos = ["fabricator", "ic-type", "os-id", "os-level", "batch",
            "module-fabricator", "card-manufacturer", "pre-personalizer",
            "personalizer"]
    text = [f"cplc-{n} = {0x1100 + i:04X}" for i, n in enumerate(twos)]
    text += [f"cplc-{n} = 202{i}-03-01" for i, n in enumerate(dates)]
    text += ["cplc-serial = 0A0B0C0D",
             "cplc-pre-personalization-equipment = 21222324",
             "cplc-personalization-equipment = 31323334"]
    info = make.info("\n".join(text))
    # 1 March is the 61st day of 2020 and 2024, else the 60th
    same("CPLC", info["cplc"],
         "1100" "1101" "1102" "0061" "1103" "1060" "0A0B0C0D" "1104"
         "1105" "2060" "1106" "3060" "1107" "4061" "21222324" "1108" "5060"
         "31323334")
    info = make.info("cplc-os-date = 2023-12-31\ncplc-serial = card\n")
    same("date", info["cplc"][12:16], "3365")
    same("serial", info["cplc"][24:32], info["diversification"][-8:])


def channels_and_keys(make):
    info = make.info("scp03 = 61\nscp03-key-version = 31\n"
                     "scp02 = 15\nscp02-key-version = 22\n")
    same("protocols", info["protocols"], ["SCP03 i=61", "SCP02 i=15"])
    same("versions", sorted({k["kvn"] for k in info["keys"]}), [0x22, 0x31])
    info = make.info("scp03 = none\n")
    same("SCP02 alone", info["protocols"], ["SCP02 i=55"])
    info = make.info("scp02 = none\n")
    same("SCP03 alone", info["protocols"], ["SCP03 i=70"])
    info = make.info("scp03 = none\nscp02 = none\nscp01 = 15\n"
                     "scp01-key-version = 23\nscp11 = none\n")
    same("SCP01", info["protocols"], ["SCP01 i=15"])
    same("its version", {k["kvn"] for k in info["keys"]}, {0x23})
    same("its channel", info["channel"][:10], "SCP01 i=15")
    # SCP11 has no keys yet, and stands among the card's capabilities
    for line, option in (("", "1B"), ("scp11 = 52\n", "52")):
        said = run("apdu", "80CA006700", "--card", make.new(make.path(line)))
        same("SCP11", f"8001118101{option}" in said.stdout, True)
    given = make.path("keys = given\n")
    refused(USAGE, "--keys", given, make)
    make.new(given, "--keys", TEST_KEY)
    long_key = make.path("key " + "12" * 32 + "\n")
    card = make.new("gp231", "--keys", long_key)
    same("AES-256 has no triple DES",
         {k["kvn"] for k in run_json("info", "--keys", long_key, "--card",
                                     card)["keys"]}, {0x30})
    des = make.path(f"key {TEST_KEY}\ntype des\n")
    same("DES", run_json("info", "--card", make.new("uicc", "--keys", des))
         ["channel"][:10], "SCP02 i=55")
    refused(REFUSED, "none of the secure channels", "issued", make, "--keys",
            des)


def tries(make):
    """A wrong cryptogram is counted, and the last closes the domain."""
    begin = "8050300008010203040506070800"
    wrong = "848200001000000000000000000000000000000000"
    card = make.new(make.path("tries = 2\n"))
    for status in ("6300", "6300", "6983"):
        run("apdu", begin, *([wrong] if status == "6300" else []), "--expect",
            status, "--card", card)
    card = make.new(make.path("tries = any\n"))
    for _ in range(3):
        run("apdu", begin, wrong, "--expect", "6300", "--card", card)
    run("info", "--card", card)


def kinds_of_keys(make, line):
    """Types of keys that an applet got on a card of this profile."""
    card = make.new(make.path(line))
    said = run_json("card", "algorithms", card, "--only", "KeyBuilder")
    found = {row["name"] for section in said["sections"]
              for row in section["algorithms"] if row["supported"]}
    return {name.split()[0].split("_")[1] if name.startswith("TYPE_") else "XEC"
            for name in found}


def algorithms(make):
    all_kinds = kinds_of_keys(make, "algorithms = all\n")
    same("all", all_kinds >= {"DES", "AES", "RSA", "EC", "HMAC", "DSA", "DH",
                              "KOREAN", "SM4", "GENERIC"}, True)
    same("none", kinds_of_keys(make, "algorithms = none\n"), set())
    # each alone among those it could be taken for
    for words, kinds in (("des  dsa seed xec", {"DES", "DSA", "KOREAN", "XEC"}),
                         ("aes\tdh hmac", {"AES", "DH", "HMAC", "GENERIC"}),
                         ("rsa ec sm4", {"RSA", "EC", "SM4"})):
        same(words, kinds_of_keys(make, f"algorithms = {words}\n"), kinds)


def refused(status, words, profile, make, *options):
    card = make.folder / "refused.card"
    result = run("card", "new", card, "--profile", profile, *options,
                 expect=None)
    if result.returncode != status or \
            not re.search(words, result.stderr):
        sys.exit(f"{profile}: exit {result.returncode}, not {status}, or no "
                 f"'{words}' in\n{result.stderr}")
    if card.exists():
        sys.exit(f"{profile}: refused, and left a card")


def enciphered(make):
    key = make.path("11" * 32)
    profile = make.path("enciphered = yes\n")
    refused(USAGE, "--encipher", profile, make)
    card = make.new(profile, "--encipher", key)
    same("enciphered", bytes.fromhex(TEST_KEY) in card.read_bytes(), False)
    card = make.new(make.path("enciphered = no\n"))
    same("plain", bytes.fromhex(TEST_KEY) in card.read_bytes(), True)


def public_keys(make):
    """H3: keys that everybody has are told of, and refused for production."""
    profile = "issued"
    keys = make.folder / "some.keys"
    for text, public in (("key 00112233445566778899AABBCCDDEEFF\n", True),
                         ("key 66778899AABBCCDD1122334455EEFF10\n"
                          "diversification kdf3\n", True),
                         ("key 8D2C66A4F1B903E7755A10C2D9EF4B36\n", False)):
        keys.write_text(text)
        keys.chmod(0o600)
        said = run("card", "new", make.folder / "some.card", "--profile",
                   profile, "--keys", keys).stderr
        same("warned", "everybody has" in said, public)
        (make.folder / "some.card").unlink()
        done = run("card", "new", make.folder / "some.card", "--profile",
                   profile, "--keys", keys, "--production",
                   expect=REFUSED if public else DONE)
        same("issued", (make.folder / "some.card").exists(), not public)
        same("why", "--production wants others" in done.stderr, public)
    (make.folder / "some.card").unlink()
    for options in ((), ("--keys", keys, "--seed", "one")):
        run("card", "new", make.folder / "some.card", "--profile", profile,
            "--production", *options, expect=REFUSED)
        same("issued", (make.folder / "some.card").exists(), False)


def keys_of_table():
    return set(re.findall(r'{"([a-z][a-z0-9-]+)", take_',
                          (ROOT / "cli/profile_settings.c").read_text()))


def bad_values(make):
    """A mistake on any key is told with its line, and what the key takes."""
    for key in sorted(keys_of_table()):
        for value in ("garbage!", "01 02", "-1"):
            path = make.path(f"# a card\n{key} = {value}\n")
            refused(REFUSED, rf"{re.escape(str(path))}:2: {key} takes .*, not "
                    rf"'{value}'", path, make)


def bad_files(make):
    for text, line, words in [
            ("memory = 64K\nno value\n", 2, "key = value"),
            ("= 3\n", 1, "key = value"),
            ("memory =\n", 1, "key = value"),
            ("memory = # 64K\n", 1, "key = value"),
            ("\n\n# x\nmemery = 64K\n", 4, "no 'memery'"),
            ("Memory = 64K\n", 1, "no 'Memory'"),
            ("channels = 4\nmemory = 64K\nchannels = 5\n", 3, "line 1"),
            ("memory = 32K\n", 1, "64K"), ("memory = many\n", 1, "a size"),
            ("life-cycle = LOCKED\n", 1, "OP_READY"),
            ("gp-version = 2.3\n", 1, "edition"),
            ("gp-version = 2.3.1.1\n", 1, "edition"),
            ("gp-version = -2.3.1\n", 1, "edition"),
            ("channels = 0\n", 1, "1 to 20"), ("channels = 21\n", 1, "20"),
            ("channels = 4x\n", 1, "20"),
            ("algorithms = des rot13\n", 1, "rot13"),
            ("algorithms = aes aes\n", 1, "once"),
            ("historical-bytes = " + "00" * 16 + "\n", 1, "15"),
            ("historical-bytes = 80 31\n", 1, "15"),
            ("isd-aid = A0000000\n", 1, "5 to 16"),
            ("isd-aid = A00000000x\n", 1, "5 to 16"),
            ("iin = " + "00" * 17 + "\n", 1, "1 to 16"),
            ("cin = any\n", 1, "random"),
            ("scp03 = 40\n", 1, "70"), ("scp03 = 7\n", 1, "70"),
            ("scp01 = 55\n", 1, "05"), ("scp11 = 08\n", 1, "chains"),
            ("scp11 = 81\n", 1, "chains"),
            ("scp02 = 16\n", 1, "55"), ("scp02 = 0155\n", 1, "55"),
            ("scp03-key-version = 80\n", 1, "7F"),
            ("scp02-key-version = 00\n", 1, "7F"),
            ("tries = 0\n", 1, "254"), ("tries = 255\n", 1, "254"),
            ("keys = mine\n", 1, "given"), ("enciphered = 1\n", 1, "yes"),
            ("cplc-batch = 01\n", 1, "2 bytes"),
            ("cplc-serial = 0102\n", 1, "4 bytes"),
            ("cplc-personalization-equipment = 01\n", 1, "4 bytes"),
            ("cplc-os-date = 2023-02-29\n", 1, "YYYY-MM-DD"),
            ("cplc-os-date = 2023-13-01\n", 1, "YYYY-MM-DD"),
            ("cplc-os-date = 23-1-1\n", 1, "YYYY-MM-DD")]:
        path = make.path(text)
        refused(REFUSED, rf"{re.escape(str(path))}:{line}: .*{words}", path,
                make)
    for text, words in [("scp03 = none\nscp02 = none\n", "cannot be managed"),
                        ("scp02-key-version = 30\n", "versions of their own"),
                        ("scp02 = none\nscp01 = 05\n"
                         "scp01-key-version = 30\n", "versions of their own"),
                        ("scp01 = 05\n", "not for both"),
                        ("memory = 64K\0", "not a text"),
                        ("#" * 70000, "too long")]:
        path = make.path(text)
        refused(REFUSED, words, path, make)
    refused(NO_CARD, "No such file", make.folder / "none.profile", make)
    refused(NO_CARD, "directory", f"{make.folder}/", make)
    refused(USAGE, "no profile 'gp999'", "gp999", make)


def example(make):
    info = run_json("info", "--card", make.new(EXAMPLE))
    same("example", (info["state"], info["protocols"], info["iin"]),
         ("SECURED (load secured)", ["SCP03 i=60"], "420007"))
    known = set(re.findall(r"`([a-z][a-z0-9-]+)`",
                           (ROOT / "docs/profiles.md").read_text()))
    table = keys_of_table()
    if len(table) < 30 or table - known:
        sys.exit(f"docs/profiles.md lacks {table - known} of {len(table)}")


def two_vocabularies(make):
    card = make.new("issued")
    aid = "F0504F53540101"
    listed = run_json("list", aid, "--card", card)
    same("absent", [(e["state"], e["patent"]) for e in listed],
         [("absent", "not available")])
    run("install", WALLET_CAP, "--card", card)
    shown = run("card", "show", card).stdout
    for line in ("card state=SECURED (load secured) ",
                 "state=01 (loaded) ", "state=0F (load secured) ",
                 "state=07 (registered) "):
        if line not in shown:
            sys.exit(f"card show lacks '{line}' in\n{shown}")
    shown = run_json("card", "show", card)
    same("card show --json", [(e["kind"], e["patent"]) for e in shown
                              if "patent" in e],
         [("card", "load secured"), ("domain", "load secured"),
          ("package", "loaded"), ("package", "loaded"),
          ("application", "registered")])
    same("list", [(e["state"], e["patent"]) for e in
                  run_json("list", aid, "--card", card)],
         [("SELECTABLE", "registered")])
    run("lock", aid, "--card", card)
    if f"application {aid}" not in run("list", aid, "--card", card).stdout \
            or "LOCKED (blocked)" not in run("list", aid, "--card",
                                             card).stdout:
        sys.exit("list does not say that the application is blocked")
    if "state=87 (blocked)" not in run("card", "show", card).stdout:
        sys.exit("card show does not say that the application is blocked")
    run("lock", "--card", card)
    if "card state=CARD_LOCKED (blocked) " not in \
            run("card", "show", card).stdout:
        sys.exit("card show does not say that the card is blocked")
    same("info", run_json("info", "--card", card)["state"],
         "CARD_LOCKED (blocked)")
    same("no AID", run("list", "xyz", "--card", card,
                       expect=USAGE).returncode, USAGE)


def main():
    for story in (built_in, identity, size_and_state, look, production,
                  channels_and_keys, tries, algorithms, enciphered, public_keys,
                  bad_values, bad_files, example,
                  two_vocabularies):
        with tempfile.TemporaryDirectory() as name:
            try:
                story(Maker(pathlib.Path(name)))
            except Failed as e:
                sys.exit(f"{story.__name__}: {e}")
        print(f"{story.__name__}: ok", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
