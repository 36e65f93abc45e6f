"""The suites that two machines are compared by: what they are built from and
what they are asked.

NAME.txt is one of ours, in the words of tests/applets/card_runner.c, `load`
without the folder.  After `> COMMAND` stands `< ANSWER`, that of our card, and
where the other machine's is another one `~ REASON ...`, names that rows of
docs/differences.md begin with.  The rest are the packages of
tests/applets/java.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "applets"))

import corpus_test  # noqa: E402
import workshop  # noqa: E402

JAVA = HERE / "java"
PREFIX = "org.postcard.sidebyside."


class Package:
    """A package below java/ and the applets it has."""

    def __init__(self, name, number, applets=("Main",), imports=(),
                 with_int=False):
        self.name = name
        self.aid = f"F0504F5342{number:02X}"
        self.applets = applets
        self.imports = imports
        self.with_int = with_int

    def options(self, folder):
        more = []
        for name in ("base", *self.imports):
            more += ["--exp", str(folder / f"{name}.exp")]
        for i, name in enumerate(self.applets, 1):
            more += ["--applet", f"{self.aid}{i:02X}={PREFIX}{self.name}.{name}"]
        return more + ["--int"] * self.with_int


PACKAGES = [
    Package("api", 1),
    Package("changes", 2),
    Package("board", 3, applets=()),
    Package("vault", 4, imports=["board"]),
    Package("thief", 5, imports=["board"]),
    Package("single", 6),
    Package("multi", 7, applets=("Main", "Second")),
    Package("wire", 8),
]
SUITES = ["api", "changes", "firewall", "selection", "channels", "wire"]
CORPUS_REASONS = {
    "user": {0: "package-visible", 2: "package-visible"},
    "far": {1: "stack-size", 2: "stack-size"},
}
TRANSIENT = re.compile(r"JCSystem\.makeTransientByteArray\(SIZE,"
                       r"\s+JCSystem\.CLEAR_ON_DESELECT\)")


class Suite:
    """`answers` and `reasons` have one for each command: what our card says
    ("" if that is open) and why the other machine says something else (no
    reasons if it does not)."""

    def __init__(self, name, script):
        self.name = name
        self.script = [line for line in script if line[:2] not in ("< ", "~ ")]
        self.commands = [line[2:] for line in self.script if line[:2] == "> "]
        self.answers = [""] * len(self.commands)
        self.reasons = [[]] * len(self.commands)
        n = -1
        for line in script:
            if line[:2] == "> ":
                n += 1
            elif line[:2] == "< ":
                self.answers[n] = line[2:]
            elif line[:2] == "~ ":
                self.reasons[n] = line[2:].split()


def open_workshop(folder, build):
    build = pathlib.Path(build)
    return workshop.Workshop(
        folder, build / "applets/applet_builder",
        build / "tests/applets/card_runner", build / "apidef/stubs-2.2.2.jar")


def read(name, folder):
    """The suite of a file, CAP files taken from the folder."""
    lines = []
    for line in (HERE / f"{name}.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("load "):
            line = f"load {folder}/{line[5:]}"
        if line:
            lines.append(line)
    return Suite(name, lines)


def base_files(shop):
    """The base library's sources, but that its log is in persistent memory:
    the other machine has less transient memory than it takes."""
    for name in workshop.java_files(workshop.BASE):
        text = pathlib.Path(name).read_text()
        path = shop.folder / "src" / pathlib.Path(name).name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TRANSIENT.sub("new byte[SIZE]", text))
        yield str(path)


def build_own(shop):
    """The base library and the packages of this folder."""
    shop.compile([*base_files(shop), *workshop.java_files(JAVA)])
    shop.convert_base()
    for p in PACKAGES:
        told = shop.convert(PREFIX + p.name, p.aid,
                            shop.folder / f"{p.name}.cap",
                            p.options(shop.folder))
        if told:
            raise workshop.Failed(f"{p.name} is refused:\n{told}")


def build_corpus(shop):
    files = [f for f in workshop.java_files(corpus_test.JAVA)
             if "/base/" not in f]
    for p in corpus_test.PACKAGES:
        files += p.write(shop.folder)
    shop.compile(files)
    corpus_test.convert(shop, corpus_test.PACKAGES, None)


def with_data(line):
    """A command that has none with a byte of data: the other machine's
    setIncomingAndReceive() throws when there is none."""
    return line[:-2] + "010000" if line.startswith("> ") else line


def build(shop, names=None):
    """All suites, or those that are named."""
    build_own(shop)
    if not names or set(names) & set(SUITES):
        yield from (read(n, shop.folder) for n in SUITES
                    if not names or n in names)
    wanted = [p for p in corpus_test.PACKAGES if p.is_applet
              and (not names or p.name in names)]
    if wanted:
        build_corpus(shop)
    others = {p.name: p for p in corpus_test.PACKAGES}
    for p in wanted:
        suite = Suite(p.name, [with_data(line) for line
                               in p.script(shop.folder, others)])
        for n, reason in CORPUS_REASONS.get(p.name, {}).items():
            suite.reasons[n] = [reason]
        yield suite
