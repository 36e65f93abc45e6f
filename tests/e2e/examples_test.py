#!/usr/bin/env python3
"""Proves that the example project builds with its Makefile and with its Meson
file, verifies, and answers on a virtual card as its script says; and that both
make the same CAP files.  Skipped (77) without javac or make.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from processes import POSTCARD, ROOT

PROJECT = ROOT / "docs/examples/visits"


def do(folder, *command):
    result = subprocess.run([str(c) for c in command], cwd=folder, text=True,
                            capture_output=True, check=False, timeout=100)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.returncode}\n"
                 f"{result.stdout}\n{result.stderr}")
    return result.stdout


def with_make(folder, program):
    out = do(folder, "make", f"POSTCARD={program}", "verify", "install", "test")
    if "no finding" not in out or "0 failed" not in out:
        sys.exit(f"make did not verify and ask:\n{out}")
    before = (folder / "out/visits.card").stat().st_mtime_ns
    do(folder, "make", f"POSTCARD={program}", "install")
    if (folder / "out/visits.card").stat().st_mtime_ns != before:
        sys.exit("make issues the card again though nothing changed")
    return folder / "out"


def with_meson(folder, program):
    do(folder, "meson", "setup", "build", f"-Dpostcard={program}")
    do(folder, "ninja", "-C", "build", "install-card")
    do(folder, "meson", "test", "-C", "build")
    return folder / "build"


def main():
    for tool in ("javac", "make", "meson"):
        if shutil.which(tool) is None:
            print(f"skipped: there is no {tool}")
            return 77
    program = pathlib.Path(POSTCARD).resolve()
    os.environ.pop("MAKEFLAGS", None)
    with tempfile.TemporaryDirectory() as name:
        made = []
        for how in (with_make, with_meson):
            copy = pathlib.Path(name) / how.__name__
            shutil.copytree(PROJECT, copy)
            made.append(how(copy, program))
            print(f"{how.__name__}: ok", flush=True)
        for cap in ("ring.cap", "visits.cap"):
            if (made[0] / cap).read_bytes() != (made[1] / cap).read_bytes():
                sys.exit(f"{cap}: make and Meson made different files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
