#!/usr/bin/env python3
"""list.py FOLDER ATTACKS.MD [--write]: proves that docs/attacks.md tells each
attack of the groups A to H with its cases and what the card does in both
builds, that each number has a case, that each case says what both builds of
the card do, and that no case has a number that the page does not explain.
--write makes the page's tables anew.

The rows' titles are those of the page itself: its table of a group is
"| number | attack | cases | verified on loading | every cell tagged |"."""
import pathlib
import re
import sys

# Attacks a group.
GROUPS = {"A": 21, "B": 10, "C": 13, "D": 19, "E": 12, "F": 14, "G": 6,
          "H": 6}
# What the card has no way for: H2 comes by radio.
ABSENT = {"H2"}
OUTCOMES = {"R": "refused by LOAD", "I": "refused by INSTALL",
            "H": "the machine halts", "A": "answered as it must be",
            "S": "a status word", "X": ""}
# Attacks whose cases are programs of their own.
PROGRAMS = {"A6": "natives.c", "G5": "flip_test.c", "G6": "power_test.c",
            "H3": "../e2e/profile_test.py"}
ROW = re.compile(r"^\| ([A-H]\d+) \| ([^|]+) \|")
# In transcripts, which run on both builds alike.
CASE = re.compile(r"# (H\d+): ")
REFUSAL = re.compile(r"< (6[4-9A-F][0-9A-F]{2})$")


def words(outcome):
    kind, _, rest = outcome.partition(" ")
    if kind == "X":
        return rest.split(" ")[0]
    if kind not in OUTCOMES:
        sys.exit(f"no outcome: {outcome}")
    return OUTCOMES[kind]


def add(table, number, build, outcome):
    seen = table[number][build]
    if words(outcome) not in seen:
        seen.append(words(outcome))


def must_say(path, title, builds):
    if builds != {"on", "off"}:
        sys.exit(f"{path}: {title}: says what {sorted(builds)} do")


def read(folder):
    """number -> {"count": cases, "on": outcomes, "off": outcomes}"""
    table = {}
    for path in sorted(folder.glob("*.cases")):
        number, title, said = None, "", {"on", "off"}
        for line in path.read_text(encoding="ascii").splitlines():
            if line.startswith("= "):
                must_say(path, title, said)
                number, title, said = line.split(" ")[1], line, set()
                row = table.setdefault(number,
                                       {"count": 0, "on": [], "off": []})
                row["count"] += 1
            match = re.match(r"\s*(on|off|both) ([A-Z].*)$", line)
            if match and number:
                builds = [match[1]] if match[1] != "both" else ["on", "off"]
                said.update(builds)
                for build in builds:
                    add(table, number, build, match[2])
        must_say(path, title, said)
    return table


def read_transcripts(folder, table):
    for path in sorted(folder.glob("H*.txt")):
        row = None
        for line in path.read_text(encoding="ascii").splitlines():
            case, refusal = CASE.match(line), REFUSAL.match(line)
            if case:
                row = table.setdefault(case[1],
                                       {"count": 0, "on": [], "off": []})
                row["count"] += 1
            for build in ("on", "off") if row and refusal else ():
                if refusal[1] not in row[build]:
                    row[build].append(refusal[1])


def row_of(number, title, table):
    if number in PROGRAMS and number not in table:
        program = PROGRAMS[number]
        if not (pathlib.Path(sys.argv[1]) / program).is_file():
            sys.exit(f"there is no {program}")
        name = pathlib.Path(program).name
        return f"| {number} | {title} | {name} | see below | see below |"
    row = table.get(number)
    if row is None:
        sys.exit(f"{number} has no case")
    on = ", ".join(row["on"]) or "works"
    off = ", ".join(row["off"]) or "works"
    return f"| {number} | {title} | {row['count']} | {on} | {off} |"


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    table = read(pathlib.Path(sys.argv[1]))
    read_transcripts(pathlib.Path(sys.argv[1]), table)
    page = pathlib.Path(sys.argv[2])
    lines = page.read_text(encoding="ascii").splitlines()
    told = set()
    made = []
    for line in lines:
        match = ROW.match(line)
        if match:
            told.add(match[1])
            line = row_of(match[1], match[2], table)
        made.append(line)
    missing = {f"{group}{i + 1}" for group, count in GROUPS.items()
               for i in range(count)} - told - ABSENT
    if missing:
        sys.exit(f"the page does not tell {sorted(missing)}")
    strange = set(table) - told - {"-"}
    if strange:
        sys.exit(f"cases of numbers that the page has not: {strange}")
    if len(sys.argv) == 4:
        page.write_text("\n".join(made) + "\n", encoding="ascii")
    elif made != lines:
        wrong = [b for a, b in zip(lines, made) if a != b]
        sys.exit("the page is behind; run list.py with --write:\n"
                 + "\n".join(wrong))
    print(f"{len(told)} attacks, {sum(r['count'] for r in table.values())} "
          "cases written out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
