"""CAP files in the shapes that tools give them: components from texts of the
assembler, and archives around them, written byte by byte."""
import pathlib
import re
import struct
import subprocess
import zipfile
import zlib

import workshop
from workshop import Failed

UNIT = workshop.HERE.parent / "unit/cap"
BASE = (workshop.HERE / "habits.captext").read_text(encoding="ascii")
FAMILY = (UNIT / "family.captext").read_text(encoding="ascii")
NAMES = ["", "Header", "Directory", "Applet", "Import", "ConstantPool",
         "Class", "Method", "StaticField", "RefLocation", "Export",
         "Descriptor", "Debug", "StaticResources"]
# The order of components in a load [JCVM 6.3], Debug at its end.
SENT = [1, 2, 4, 3, 6, 7, 8, 10, 5, 9, 13, 11, 12]
# What the applet of the habits does, unless a row says otherwise.
WORK = """getfield_s count
getstatic_a bytes
sconst_1
baload
sadd
sreturn"""
ANSWER = "00699000"
STORED, DEFLATED = 0, 8
DESCRIPTOR_BIT, UTF8_BIT = 0x0008, 0x0800
CAFE = bytes.fromhex("FECA0000")  # a jar says so on its first entry


def ask(form="2.1", **marks):
    """The text of the habits in a format, with what a row puts in."""
    text = BASE.replace("CAP 2.1", "CAP " + form)
    marks.setdefault("code", "aload_0\n" + WORK)
    for name, lines in marks.items():
        mark = f"//+{name}\n"
        if mark not in text:
            raise Failed(f"no place {name} in the text")
        text = text.replace(mark, lines.replace("\n", "\n    ") + "\n")
    return text


def swap(text, *pairs):
    """The text with other lines in place of those that stand there."""
    for old, new in pairs:
        if old not in text:
            raise Failed(f"no '{old}' in the text")
        text = text.replace(old, new, 1)
    return text


def without(text, component):
    """The text without a component whose block ends at its own margin."""
    found, n = re.subn(rf"^{component} \{{.*?^\}}\n", "", text,
                       flags=re.M | re.S)
    if n != 1:
        raise Failed(f"no {component} in the text")
    return found


def debug_class(lines, name):
    """One class of Debug, from the lines that Descriptor has for it."""
    out = [f'class "{name}" PUBLIC {name} {{',
           'superclass_name "java/lang/Object"',
           f'source_file "{name}.java"']
    for i, line in enumerate(lines):
        word = line.split()
        if word[0] == "field":
            out.append(f'field "f{i}" "S" PUBLIC 0')
        elif word[0] == "method" and word[3] != "0":
            out.append(f'method "{word[3]}" "()V" PUBLIC {word[3]} {{')
            out.append('variable 0 "this" "Ljava/lang/Object;" 0 1')
            out.append("line 0 0 17")
            out.append("}")
    return out + ["}"]


def with_debug(text):
    """The text with a Debug component of all that Descriptor lists."""
    block = re.search(r"^Descriptor \{\n(.*?)^\}\n", text, re.M | re.S)[1]
    block = "\n".join(x.strip() for x in block.splitlines()
                      if not x.strip().startswith("//"))
    packages = re.split(r"^package \{\n", block, flags=re.M)
    out = ["Debug {"]
    for number, package in enumerate(p for p in packages if p.strip()):
        out.append(f'package "org/postcard/p{number}" {{')
        for name, body in re.findall(r"^class \w+ \S+ (\w+) \{\n(.*?)^\}$",
                                     package, re.M | re.S):
            out += debug_class(body.splitlines(), name)
        out.append("}")
    return text + "\n".join(out + ["}", ""])


class Maker:
    """Assembles texts, each once, in one folder."""

    def __init__(self, postcard, folder):
        self.postcard = postcard
        self.folder = pathlib.Path(folder)
        self.known = {}
        self.count = 0

    def path(self, suffix):
        self.count += 1
        return self.folder / f"{self.count}{suffix}"

    def parts(self, text):
        """(tag, name in the archive, bytes) of each component, in order."""
        if text not in self.known:
            source, cap = self.path(".captext"), self.path(".cap")
            source.write_text(text, encoding="ascii")
            workshop.run([self.postcard, "cap", "assemble", str(source), "-o",
                          str(cap)], "the assembler")
            with zipfile.ZipFile(cap) as z:
                found = [(n, z.read(n)) for n in z.namelist()]
            self.known[text] = [(b[0], n, b) for n, b in found
                                if pathlib.PurePath(n).suffix in
                                (".cap", ".capx")]
        return self.known[text]

    def part(self, text, tag):
        """One component's bytes, without tag and size."""
        found = [b for t, _, b in self.parts(text) if t == tag]
        wide = found[0][1:3] != struct.pack(">H", len(found[0]) - 3)
        return found[0][5 if wide else 3:]

    def write(self, data, suffix=".cap"):
        path = self.path(suffix)
        path.write_bytes(data)
        return path

    def verify(self, cap, *exports):
        return workshop.run([self.postcard, "cap", "verify", str(cap),
                             *exports], "the verifier")

    def refused(self, cap):
        """What the verifier finds in a file that it has to refuse."""
        result = subprocess.run([self.postcard, "cap", "verify", str(cap)],
                                capture_output=True, text=True, check=False)
        if result.returncode != 4:
            raise Failed(f"the verifier takes {cap}")
        return result.stdout + result.stderr


def package_aid(parts):
    """The AID that LOAD names: of the package, or of the whole file."""
    header = next(data for tag, _, data in parts if tag == 1)
    at = 3 + 4 + 2 + 1 + 2  # size, magic, format, flags, version
    return header[at + 1:at + 1 + header[at]].hex().upper()


def block(parts, order):
    """What LOAD carries: of the components those in the order, C4 around."""
    have = {tag: data for tag, _, data in parts}
    body = b"".join(have[tag] for tag in order if tag in have)
    return b"\xC4\x83" + len(body).to_bytes(3, "big") + body


class Entry:
    """A file of an archive."""

    def __init__(self, name, data, method=STORED, flags=0, extra=b""):
        self.name, self.data, self.method = name.encode(), data, method
        self.flags, self.extra = flags, extra

    def heads(self, offset):
        """The local header, the packed bytes with what stands behind them,
        and the entry of the central directory."""
        packed = self.data
        if self.method == DEFLATED:
            c = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = c.compress(self.data) + c.flush()
        sums = (zlib.crc32(self.data), len(packed), len(self.data))
        late = self.flags & DESCRIPTOR_BIT
        version = 20 if self.method == DEFLATED else 10
        head = (self.flags, self.method, 0, 0x5A21)
        local = struct.pack("<IHHHHHIIIHH", 0x04034B50, version, *head,
                            *((0, 0, 0) if late else sums), len(self.name),
                            len(self.extra)) + self.name + self.extra
        if late:
            packed += struct.pack("<IIII", 0x08074B50, *sums)
        central = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, version,
                              version, *head, *sums, len(self.name),
                              len(self.extra), 0, 0, 0, 0, offset)
        return local + packed, central + self.name + self.extra


def archive(entries):
    """The bytes of a ZIP file with these entries, in their order."""
    body, directory = b"", b""
    for entry in entries:
        local, central = entry.heads(len(body))
        body += local
        directory += central
    return body + directory + struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, len(entries), len(entries),
        len(directory), len(body), 0)
