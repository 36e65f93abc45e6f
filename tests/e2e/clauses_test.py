#!/usr/bin/env python3
"""Proves what tools/clauses.py makes of a tree: a line of the checklist is done
when code and a test cite one of its clauses or one below; what is missing is
printed, with its explanation where there is one; --check fails on what is
missing without one, on an explanation of nothing, and on an old file.
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tree(root, checklist, files):
    for name, text in {"docs/checklist.tsv": checklist, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def clauses(root, *arguments):
    done = subprocess.run(
        [sys.executable, ROOT / "tools/clauses.py", "--root", root,
         *arguments], capture_output=True, text=True)
    assert done.stderr == "", done.stderr
    return done.returncode, done.stdout


def made(checklist, files):
    """What is printed when the file is written, what --check says, the file."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        tree(root, checklist, files)
        code, printed = clauses(root)
        assert code == 0
        checked, _ = clauses(root, "--check")
        return printed, checked, (root / "docs/conformance.md").read_text()


# Put together, so that none of them is a tag of this file.
OPEN = "[" + "GPCS"
CODE = {"card/a.c": f"/* It is so.  {OPEN} 6.5.1] */\n"}
TEST = {"tests/a.txt": f"# It is shown, too,\n# in two lines.  {OPEN}\n# 6.5.2]"}
LINE = "1\t\tPart\n1.1\t6.5\tentries"

printed, checked, text = made(LINE, {**CODE, **TEST})
assert printed == "" and checked == 0
assert "| 1.1 | 6.5 | entries | `card/a.c` | `tests/a.txt` |" in text
assert "1 of 1 lines have code and a test" in text

# a clause above or beside one does not count, nor one of another standard
for other in ("6", "6.51", "6.6", "Amd D 6.5"):
    tag = other if other.startswith("Amd") else f"GPCS {other}"
    printed, checked, text = made(LINE, {**CODE, "tests/a.txt": "# [" + tag + "]"})
    assert printed == "missing test: 1.1 entries\n", printed
    assert checked == 1
    assert "| `card/a.c` | **missing** |" in text

# an edition is a standard of its own, though its name begins with another's
printed, checked, text = made(
    LINE.replace("6.5", "GPCS 2.2.1 D.1"),
    {"card/a.c": f"/* {OPEN} 2.2.1 D.1.1, 6.5] */", "tests/a.txt":
     f"# {OPEN} D.1.1]"})
assert printed == "missing test: 1.1 entries\n" and checked == 1, printed
assert "## GPCS 2.2.1: " in text

# from one to another stands for all between
for cited, counts in (("6.3-6.5", 0), ("6.3-6.4", 1), ("6.6-6.9", 1),
                      ("6.5.1-6.5.9", 0)):
    _, checked, _ = made(LINE, {**CODE, "tests/a.txt": f"# {OPEN} {cited}]"})
    assert checked == counts, cited

# where '=' stands, neither does one below it
printed, checked, _ = made(LINE.replace("6.5", "=6.5"), {**CODE, **TEST})
assert printed == "missing code and test: 1.1 entries\n" and checked == 1

printed, checked, text = made(LINE + "\tnobody can", CODE)
assert printed == "missing test, explained: 1.1 entries: nobody can\n", printed
assert checked == 0
assert "| `card/a.c` | missing: nobody can |" in text
assert "0 of 1 lines have code and a test; of the others 1 say why" in text

# an explanation that has outlived its reason
printed, checked, _ = made(LINE + "\tnobody can", {**CODE, **TEST})
assert printed == "explained, but not missing: 1.1 entries: nobody can\n"
assert checked == 1

# a file that is not the one that would be written
with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    tree(root, LINE, {**CODE, **TEST})
    assert clauses(root, "--check")[0] == 1
    assert not (root / "docs/conformance.md").exists()
    clauses(root)
    assert clauses(root, "--check")[0] == 0
    tree(root, LINE, {"card/b.c": f"/* {OPEN} 6.5.3] */"})
    assert clauses(root, "--check")[0] == 1
