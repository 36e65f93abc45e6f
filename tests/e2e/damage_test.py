#!/usr/bin/env python3
"""Proves what `postcard card check` makes of images that are not as they were
written: cut files, foreign and empty ones, another version, one that is in
use, one flipped bit in each region of a card's memory: told, always so in what
the runtime keeps, or put right, but for what only an applet knows.  It says
what is wrong in one sentence a finding, ends with the exit status for it, and
never changes the file, whatever mounting would repair.
"""
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from processes import POSTCARD, ROOT, run

DONE, _, _, NO_CARD, REFUSED = range(5)
HEADER = 4096  # of the file; what follows is the card's memory
SEED = 20261127
FLIPS = 6      # a region
BLOB = 8       # kind of an object of the runtime's own
SPARE = 7      # root of the room for what a deletion records
SELECT, VERIFY = "00A4040007F0504F5354010100", "802000000431323334"

CUT = "truncated: its size is not what its header says"
FOREIGN = "not a card image"
VERSION = "a card image of another version"
NO_STORE = "there is no card in this memory"
STORE_VERSION = ("a card of another format version, "
                 "which this build does not read")
CORRUPT = "the card's memory contradicts itself"
FINDINGS = r"\d+ findings?"
# what a damaged memory may be called
DAMAGE = f"{NO_STORE}|{STORE_VERSION}|{CORRUPT}|{FINDINGS}"


def u4(memory, at):
    return int.from_bytes(memory[at:at + 4], "big")


class Images:
    def __init__(self, folder):
        self.path = folder / "image"
        self.failed = 0
        self.tried = 0
        good = folder / "good"
        run("card", "new", good, "--memory", "128K")
        run("install", ROOT / "applets/wallet.cap", "--card", good)
        run("apdu", SELECT, "--card", good)
        self.good = good.read_bytes()
        self.dump = run("card", "check", good, "--dump").stdout

    def fail(self, what, result):
        self.failed += 1
        print(f"{what}: exit {result.returncode}\n{result.stdout}"
              f"{result.stderr}", file=sys.stderr)

    def check(self, what, image):
        """The verb's result; its words are sentences, the file is as it was.
        """
        self.path.write_bytes(image)
        before = self.path.stat()
        result = run("card", "check", self.path, "--dump", expect=None)
        after = self.path.stat()
        self.tried += 1
        if self.path.read_bytes() != image or \
                before.st_mtime_ns != after.st_mtime_ns:
            self.fail(f"{what}: the image is changed", result)
        if not re.fullmatch(r"(postcard: )?[^\n]*image: [^\n]+\n",
                            result.stderr):
            self.fail(f"{what}: more or less than a sentence", result)
        return result

    def refused(self, what, image, words):
        result = self.check(what, image)
        if result.returncode != REFUSED or \
                not re.search(f"image: ({words})$", result.stderr, re.M):
            self.fail(f"{what}: wants {words}", result)

    def told_or_whole(self, what, image, is_applets):
        """A flipped bit is told, or the card is what it was, put right; but
        for data that only an applet knows."""
        result = self.check(what, image)
        if result.returncode == REFUSED and \
                re.search(f"image: ({DAMAGE})$", result.stderr, re.M):
            return True
        whole = self.content(result.stdout) == self.content(self.dump) \
            if is_applets else result.stdout == self.dump
        if result.returncode != DONE or not whole:
            self.fail(f"{what}: neither told nor harmless", result)
        return False

    @staticmethod
    def content(dump):
        return [x for x in dump.splitlines() if not x.startswith("objects ")]

    def flipped(self, byte, bit):
        image = bytearray(self.good)
        image[byte] ^= 1 << bit
        return bytes(image)


def whole_files(images):
    good = images.good
    if images.check("the good one", good).returncode != DONE:
        sys.exit("the good image is not good")
    images.refused("an empty file", b"", FOREIGN)
    images.refused("a header alone", good[:HEADER], FOREIGN)
    for size in (1, 15, 4095):
        images.refused(f"{size} bytes of it", good[:size], FOREIGN)
    for size in (HEADER + 1, len(good) // 2, len(good) - 1):
        images.refused(f"{size} bytes of it", good[:size], CUT)
    images.refused("one byte more", good + b"\0", CUT)
    images.refused("zeros", bytes(len(good)), FOREIGN)
    images.refused("text", b"Dear Sir or Madam,\n" * 1000, FOREIGN)
    images.refused("a CAP file", (ROOT / "applets/wallet.cap").read_bytes(),
                   FOREIGN)
    images.refused("a memory without its header", good[HEADER:], FOREIGN)
    images.refused("version 2", good[:11] + b"\2" + good[12:], VERSION)
    images.refused("another size", good[:12] + b"\0\0\1\0" + good[16:], CUT)
    images.refused("a header and zeros", good[:HEADER] + bytes(
        len(good) - HEADER), NO_STORE)
    first, end = next((first, end) for name, first, end, _ in
                      regions(good[HEADER:]) if name == "objects")
    middle = HEADER + (first + end) // 2
    images.refused("half of the objects lost",
                   good[:middle] + bytes(len(good) - middle), DAMAGE)


def no_file(folder):
    for name, words in (("none", "No such file"), (".", "directory")):
        result = run("card", "check", folder / name, expect=None)
        if result.returncode != NO_CARD or words not in result.stderr:
            sys.exit(f"{name}: {result.returncode} {result.stderr}")


def locked(images):
    images.path.write_bytes(images.good)
    with subprocess.Popen([POSTCARD, "card", "run", str(images.path),
                           "--listen", "127.0.0.1:0"], text=True,
                          stdout=subprocess.PIPE) as busy:
        busy.stdout.readline()
        result = run("card", "check", images.path, expect=None)
        if result.returncode != NO_CARD or \
                "in use by another process" not in result.stderr:
            images.fail("one that is in use", result)
        busy.terminate()


def regions(memory):
    """Name, first and last byte, whether a flip anywhere must be told; by
    docs/memory-format.md."""
    log, log_size, data, size = (u4(memory, 12 + 4 * i) for i in range(4))
    handles = u4(memory, data + 4)
    table = data + 128
    objects = (table + 4 * handles + 63) & ~63
    used = max(i for i in range(objects, data + size) if memory[i])
    return [("superblock", 0, 32, True), ("commit slots", 64, 112, False),
            ("log", log, log + log_size, False),
            ("data area's head", data, data + 13, True),
            ("move", data + 16, data + 24, True),
            ("roots", data + 32, data + 96, True),
            ("handle table", table, objects, True),
            ("objects", objects, used, False),
            ("free memory", used + 1, data + size, False)]


def objects(memory):
    """Of each object: where it begins and ends, and its context; by
    docs/memory-format.md."""
    data = u4(memory, 20)
    handles = u4(memory, data + 4)
    base = data + (128 + 4 * handles + 63 & ~63)
    for i in range(handles):
        entry = u4(memory, data + 128 + 4 * i)
        if entry >> 31:
            at = base + 16 * (entry >> 8 & 0x1FFFFF)
            if u2(memory, at + 8) != i + 1:
                sys.exit(f"object {i + 1} is not where the table says")
            yield at, at + 16 + size_of(memory, at), memory[at + 11]


def size_of(memory, at):
    """Bytes of an object's body that the format names, for blobs alone; what
    else there is may be shorter than its room."""
    return u4(memory, at + 4) if memory[at] == BLOB else 0


def u2(memory, at):
    return int.from_bytes(memory[at:at + 2], "big")


def spare(memory):
    """Where the room for a deletion's record is: power-on puts it right."""
    handle = u2(memory, u4(memory, 20) + 32 + 4 * SPARE)
    return next(at for at, end, context in objects(memory)
                if u2(memory, at + 8) == handle)


def must_be_told(memory, byte, exempt):
    """Heads of objects, and what the runtime keeps in blobs of its own."""
    return any(at <= byte < end and
               (byte < at + 16 or context == 0 and at != exempt)
               for at, end, context in objects(memory))


def flips_of_objects(images):
    """In heads and in the runtime's records none stays untold."""
    generator = random.Random(SEED)
    memory = images.good[HEADER:]
    exempt = spare(memory)
    places = [byte for at, end, context in objects(memory)
              for byte in range(at, end) if must_be_told(memory, byte, exempt)]
    for byte in generator.sample(places, 4 * FLIPS):
        bit = generator.randrange(8)
        what = f"objects: bit {bit} of byte {byte}"
        if not images.told_or_whole(what, images.flipped(HEADER + byte, bit),
                                    False):
            sys.exit(f"{what}: nobody tells")


def flips(images):
    generator = random.Random(SEED)
    told = {}
    for name, first, end, always in regions(images.good[HEADER:]):
        for _ in range(FLIPS):
            byte, bit = generator.randrange(first, end), generator.randrange(8)
            what = f"{name}: bit {bit} of byte {byte}"
            image = images.flipped(HEADER + byte, bit)
            was_told = images.told_or_whole(what, image, name == "objects")
            told[name] = told.get(name, 0) + was_told
            if always and not was_told:
                sys.exit(f"{what}: nobody tells")
    print(", ".join(f"{name} {n} of {FLIPS} told"
                    for name, n in told.items()))


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        images = Images(folder)
        whole_files(images)
        no_file(folder)
        locked(images)
        flips(images)
        flips_of_objects(images)
    print(f"{images.tried} images, {images.failed} failed")
    return 1 if images.failed else 0


if __name__ == "__main__":
    sys.exit(main())
