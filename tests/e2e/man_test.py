#!/usr/bin/env python3
"""Proves that every verb has a manual page and every page a verb; that a page
and --help name the same options and the same summary; that each option the
program takes stands in a page, and each in a page is taken; that 'help VERB'
is 'VERB --help'; and that mandoc finds nothing to warn of in any page.
"""
import re
import shutil
import subprocess
import sys

from processes import ROOT, run

MAN = ROOT / "docs/man"
TAKEN = re.compile(r'^ *\{"([a-z][\w-]*)",\s+(?:no|required)_argument', re.M)
LISTED = re.compile(r"^  (?:-(\w), )?--([a-z][\w-]*)", re.M)
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES",
            "SEE ALSO"]


def verbs():
    return dict(re.findall(r"^  ((?:card|cap) \w+|\w+) +(\S.*)$",
                           run("--help").stdout, re.M))


def options_of_help(text):
    found = {name for pair in LISTED.findall(text) for name in pair if name}
    return found - {"help"}


def options_of_page(text):
    items = re.findall(r"^\.It (Fl .*)$", text, re.M)
    found = {name.lstrip("-") for item in items
             for name in re.findall(r"Fl (-?[\w-]+)", item)}
    return found - {"help"}


def check_page(verb, summary):
    page = MAN / f"postcard-{verb.replace(' ', '-')}.1"
    if not page.exists():
        return [f"{verb}: there is no {page.name}"]
    text = page.read_text()
    said = run(*verb.split(), "--help").stdout
    problems = []
    if run("help", *verb.split()).stdout != said:
        problems.append(f"'help {verb}' is not '{verb} --help'")
    if f".Nd {summary}\n" not in text:
        problems.append(f"{page.name}: its summary is not '{summary}'")
    for section in SECTIONS:
        if f".Sh {section}\n" not in text:
            problems.append(f"{page.name}: has no {section}")
    here, there = options_of_page(text), options_of_help(said)
    for name in sorted(there - here):
        problems.append(f"{page.name}: lacks --{name}")
    for name in sorted(here - there):
        problems.append(f"{page.name}: --{name} is not in --help")
    if f"{page.stem} 1" not in (MAN / "postcard.1").read_text():
        problems.append(f"postcard.1: does not name {verb}")
    return problems


def main():
    all_verbs = verbs()
    problems = []
    for verb, summary in all_verbs.items():
        problems += check_page(verb, summary)
    pages = sorted(MAN.glob("*.1"))
    told = set().union(*(options_of_page(p.read_text()) for p in pages))
    taken = {name for source in (ROOT / "cli").glob("*.c")
             for name in TAKEN.findall(source.read_text())} - {"help"}
    problems += [f"no page tells of --{name}" for name in taken - told]
    problems += [f"--{name} stands in a page, but is not taken"
                 for name in told - taken if len(name) > 1]
    known = {f"postcard-{v.replace(' ', '-')}" for v in all_verbs} | {"postcard"}
    problems += [f"{p.name}: there is no such verb" for p in pages
                 if p.stem not in known]
    if len(pages) < 20:
        problems.append(f"only {len(pages)} pages")
    if run("help", "frobnicate", expect=2).stdout:
        problems.append("'help frobnicate' explains something")
    print("\n".join(problems))
    if problems:
        return 1
    if shutil.which("mandoc") is None:
        print("skipped: there is no mandoc to read the pages")
        return 77
    lint = subprocess.run(["mandoc", "-Tlint", "-W", "warning", *pages],
                          capture_output=True, text=True, check=False)
    print(lint.stdout + lint.stderr)
    return 1 if lint.stdout or lint.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
