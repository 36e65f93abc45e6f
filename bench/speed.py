#!/usr/bin/env python3
"""Every figure that the card's runtime has an aim for, beside its aim.

Runs the measuring programs one after the other and takes their rows; a ratio
is of two rows of one run.  The last rows are what the machine was worth in
each of the runs: where they are far apart, it had other work to do, and the
figures say little.  Whatever comes out, the exit status is 0: this is a table
and no test.

bench/speed.py [BUILD]      default: build/
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^(\S.*?|  \S.*?) +([0-9]+(?:\.[0-9]+)?) (\S*)$")
MACHINE = "this machine: one AES block"
TRANSIENT = "loop, transient array, decoded ahead"
PERSISTENT = "loop, persistent array, decoded ahead"

# What is measured, the program, its row (two: their ratio), the aim.  An aim
# of a rate is to be exceeded, any other is not to be.
AIMS = [
    ("card_init to the first answer", "bench-memory",
     ("card_init to the first answer, wallet on it",), 1000),
    ("the same as a whole process", "bench-memory",
     ("a process: power-on, one answer, power-off",), 10),
    ("one more live card, beside its image and what is lent", "bench-memory",
     ("struct card",), 64),
    ("echo of 16 bytes", "bench-echo", ("echo of 16 bytes",), 3_000_000),
    ("echo of 240 bytes", "bench-echo", ("echo of 240 bytes",), 3_000_000),
    ("loop of 2.4 million bytecodes", "bench-vm", (TRANSIENT,), 3),
    ("the same, every slot tagged", "bench-vm-tagged", (TRANSIENT,), 6),
    ("persistent array to transient array", "bench-vm",
     (PERSISTENT, TRANSIENT), 1.5),
    ("the same, every slot tagged", "bench-vm-tagged",
     (PERSISTENT, TRANSIENT), 1.5),
    ("300,000 calls", "bench-vm", ("300,000 calls, decoded ahead",), 10),
    ("100 transactions of 34 bytes in one command", "bench-transactions",
     ("100 transactions of 34 bytes in one command",), 40),
    ("30 KiB loaded, verified and installed, SCP03", "bench-load",
     ("both",), 5),
    ("card_init to the first answer, 100 applets with limits", "bench-limits",
     ("card_init to the first answer, 100 limited",), 1000),
    ("INSTALL beside them", "bench-limits", ("INSTALL, 100 limited",), 2000),
    ("50 objects of one of them in one command", "bench-limits",
     ("50 objects, 100 limited",), 500),
]

ARGUMENTS = {
    "bench-memory": lambda build: [ROOT / "applets/wallet.cap",
                                   build / "postcard",
                                   build / "bench/bench-ask"],
    "bench-echo": lambda build: [ROOT / "applets/echo.cap"],
}


def rows_of(build, program):
    """{row: (figure, unit)} of a run."""
    arguments = ARGUMENTS.get(program, lambda _: [])(build)
    done = subprocess.run([build / "bench" / program, *arguments],
                          check=True, text=True, stdout=subprocess.PIPE)
    rows = {}
    for line in done.stdout.splitlines():
        if found := ROW.match(line):
            rows[found[1]] = (float(found[2]), found[3])
    return rows


def figure(rows, names):
    """The figure of a row and its unit, or the ratio of two."""
    values = [rows[name] for name in names]
    if len(values) == 2:
        return values[0][0] / values[1][0], "times"
    return values[0]


def line(what, value, unit, aim):
    is_rate = unit == "/s"
    met = value > aim if is_rate else value < aim
    decimals = 0 if is_rate else 2
    return (f"{what:54}{value:13,.{decimals}f} {unit:6}"
            f"{'over' if is_rate else 'under':>6}{aim:12,}"
            f"{'yes' if met else 'no':>5}")


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build")
    runs = {}
    print(f"{'':54}{'measured':>13} {'':6}{'aim':>18}{'met':>5}")
    for what, program, names, aim in AIMS:
        if program not in runs:
            runs[program] = rows_of(build, program)
        print(line(what, *figure(runs[program], names), aim), flush=True)
    for program, rows in runs.items():
        value, unit = rows[MACHINE]
        print(f"{MACHINE + ', ' + program:54}{value:13.2f} {unit}")


if __name__ == "__main__":
    main()
