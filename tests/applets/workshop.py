"""Javac, the converter, the card and the JVM, as the tests here use them."""
import os
import pathlib
import re
import shutil
import subprocess
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
BASE = HERE / "java/base"
BASE_AID = "F0504F5351"
OPTIONS = ["-source", "8", "-target", "8", "-nowarn", "-Xlint:none",
           "-proc:none", "-encoding", "UTF-8", "-g", "-implicit:none",
           "-XDuseUnsharedTable=true"]


class Failed(Exception):
    """Something that has to work did not; the text says what."""


def run(command, what):
    result = subprocess.run(command, capture_output=True, text=True,
                            errors="replace", check=False)
    if result.returncode != 0:
        raise Failed(f"{what} failed ({result.returncode}):\n"
                     + (result.stdout + result.stderr)[-6000:])
    return result.stdout


def java_files(folder):
    return sorted(str(p) for p in pathlib.Path(folder).rglob("*.java"))


class Workshop:
    """Everything below one folder: sources in src, classes in classes."""

    def __init__(self, folder, builder, runner, stubs):
        self.folder = pathlib.Path(folder)
        self.builder = builder
        self.runner = runner
        self.stubs = stubs
        self.classes = self.folder / "classes"
        self.host = self.folder / "host"
        for f in (self.classes, self.host):
            f.mkdir(parents=True, exist_ok=True)

    def compile_host(self):
        run(["javac", "-nowarn", "-Xlint:none", "-d", str(self.host)]
            + java_files(HERE / "host"), "javac of the host")

    def compile(self, files, options=None):
        """Against the card's API, into the classes of all packages."""
        listing = self.folder / "files.txt"
        listing.write_text("\n".join(files) + "\n")
        run(["javac", *(options or OPTIONS), "-bootclasspath", self.stubs,
             "-classpath", str(self.classes), "-d", str(self.classes),
             f"@{listing}"], "javac")

    def convert(self, package, aid, cap, more=()):
        """What the converter says on standard error; "" when it converts."""
        folder = self.classes / package.replace(".", "/")
        result = subprocess.run(
            [self.builder, "convert", str(folder), "--package", aid, "-o",
             str(cap), *more], capture_output=True, text=True, check=False)
        if result.returncode not in (0, 4):
            raise Failed(f"the converter ended with {result.returncode} on "
                         f"{package}:\n{result.stderr[-3000:]}")
        return result.stderr if result.returncode else ""

    def convert_base(self):
        cap = self.folder / "base.cap"
        told = self.convert("org.postcard.corpus.base", BASE_AID, cap,
                            ["--int"])
        if told:
            raise Failed(f"the base library is refused:\n{told}")
        return cap

    def write_script(self, script):
        path = self.folder / "script.txt"
        path.write_text("\n".join(script) + "\n")
        return path

    def card_answers(self, script):
        card = self.folder / "card.txt"
        run([self.runner, str(self.write_script(script)), str(card)],
            "the card")
        return card.read_text().splitlines()

    def answers(self, script):
        """Of the card and of the JVM, each a list of lines."""
        path = self.write_script(script)
        card = self.folder / "card.txt"
        jvm = self.folder / "jvm.txt"
        java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto",
                "-cp", str(self.host), "Main", str(path), str(jvm),
                str(self.host), str(self.classes)]
        with subprocess.Popen(java, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as other:
            try:
                run([self.runner, str(path), str(card)], "the card")
            finally:
                said, _ = other.communicate()
        if other.returncode != 0:
            raise Failed(f"the JVM failed:\n{said[-3000:]}")
        return card.read_text().splitlines(), jvm.read_text().splitlines()


def components(cap):
    """The bytes of each component of a CAP file, by its name."""
    with zipfile.ZipFile(cap) as z:
        return {pathlib.Path(n).name: z.read(n) for n in z.namelist()
                if n.endswith(".cap")}


def examine(postcard, cap, exports):
    """The verifier takes the CAP file, and it is the same again after it was
    written as text."""
    run([postcard, "cap", "verify", str(cap),
         *(x for e in exports for x in ("--exp", str(e)))],
        f"verifying {cap.name}")
    text = cap.with_suffix(".captext")
    again = cap.with_suffix(".again.cap")
    run([postcard, "cap", "dump", str(cap), "-o", str(text)],
        f"dumping {cap.name}")
    run([postcard, "cap", "assemble", str(text), "-o", str(again)],
        f"assembling {cap.name}")
    if components(cap) != components(again):
        raise Failed(f"{cap.name} is another one after dump and assemble")


def refused_lines(told):
    """(file name, line, text) of each message of the converter."""
    found = []
    for text in told.splitlines():
        if re.match(r"\d+ problems?; nothing was written", text):
            continue
        m = re.match(r"(?:.*/)?(\w+\.java):(\d+): (.*)", text)
        if m is None:
            raise Failed(f"a message of the converter has no place: {text}")
        found.append((m.group(1), int(m.group(2)), m.group(3)))
    return found


def have_java():
    return shutil.which("javac") and shutil.which("java")


def skip(reason):
    print(f"skipped: {reason}")
    raise SystemExit(77)


def keep(folder):
    """Where to look at what was made, if somebody wants to."""
    return os.environ.get("CORPUS_KEEP") or folder
