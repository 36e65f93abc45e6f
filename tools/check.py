#!/usr/bin/env python3
"""Runs every check and counts: the work of ./check.

Each step is one or more results; a meson suite gives one a test.  The last
line is 'N passed, N failed, N skipped'.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
GCC = ROOT / "build"
CLANG = ROOT / "build-sanitizers"
FUZZ_SECONDS = 6


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, name, ok, detail=""):
        word = {True: "ok", False: "FAILED", None: "skipped"}[ok]
        print(f"  {word:8}{name}{': ' + detail if detail else ''}", flush=True)
        self.passed += ok is True
        self.failed += ok is False
        self.skipped += ok is None


def run(command, **extra):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, **extra)


def step(tally, name, command, **extra):
    """One command that is one result; its output is shown when it fails."""
    start = time.monotonic()
    result = run(command, **extra)
    lines = (result.stdout + result.stderr).strip().splitlines()
    ok = result.returncode == 0
    if not ok:
        print("\n".join("    " + line for line in lines[-60:]))
    last = lines[-1] if lines else ""
    tally.add(name, ok, f"{last} ({time.monotonic() - start:.0f} s)")
    return ok


def build(tally, folder, compiler, options):
    env = dict(os.environ, CC=compiler)
    setup = ["meson", "setup", str(folder), *options]
    if (folder / "build.ninja").exists():
        setup.insert(2, "--reconfigure")
    return step(tally, f"configure with {compiler}", setup, env=env) and \
        step(tally, f"build with {compiler}", ["ninja", "-C", str(folder)])


def skip_reason(test):
    for line in test.get("stdout", "").splitlines():
        if "skip" in line.lower():
            return line.strip()
    return "no reason printed"


def meson_tests(tally, folder, label, options):
    result = run(["meson", "test", "-C", str(folder), "--no-rebuild", *options])
    log = folder / "meson-logs/testlog.json"
    if not log.exists():
        tally.add(label, False, (result.stdout + result.stderr)[-500:])
        return
    for line in log.read_text().splitlines():
        test = json.loads(line)
        name = f"{label}: {test['name']}"
        if test["result"] in ("OK", "EXPECTEDFAIL"):
            tally.add(name, True, f"{test['duration']:.1f} s")
        elif test["result"] == "SKIP":
            tally.add(name, None, skip_reason(test))
        else:
            output = test.get("stdout", "") + test.get("stderr", "")
            print("\n".join("    " + x for x in output.splitlines()[-60:]))
            tally.add(name, False, test["result"])


def fuzz(tally):
    for target in sorted((CLANG / "tests/fuzz").glob("*_fuzz")):
        name = target.name.removesuffix("_fuzz")
        work = CLANG / "fuzz-work" / name
        work.mkdir(parents=True, exist_ok=True)
        step(tally, f"fuzz {name}",
             [str(target), f"-max_total_time={FUZZ_SECONDS}", "-timeout=10",
              "-rss_limit_mb=2048", f"-artifact_prefix={work}/",
              str(work), str(ROOT / "tests/fuzz/corpus" / name)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true",
                        help="the gcc build and its tests only")
    options = parser.parse_args()
    tally = Tally()
    python = sys.executable

    print("rules", flush=True)
    step(tally, "layers", [python, "tools/check_layers.py"])
    step(tally, "headers", ["sh", "tools/check_headers.sh"])
    step(tally, "format", ["sh", "tools/check_format.sh"])
    step(tally, "clauses", [python, "tools/clauses.py", "--check"])

    print("gcc", flush=True)
    if build(tally, GCC, "gcc", []):
        step(tally, "objects", [python, "tools/check_objects.py", str(GCC)])
        meson_tests(tally, GCC, "gcc", [])
        if not options.quick:
            step(tally, "demo", ["./demo", "--fresh"])

    if not options.quick:
        print("clang, address and undefined behaviour sanitizers", flush=True)
        if build(tally, CLANG, "clang",
                 ["-Db_sanitize=address,undefined", "-Db_lundef=false",
                  "-Dfuzz=true"]):
            meson_tests(tally, CLANG, "sanitizers", ["--no-suite", "e2e"])
            fuzz(tally)

    print(f"{tally.passed} passed, {tally.failed} failed, "
          f"{tally.skipped} skipped")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
