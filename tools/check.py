#!/usr/bin/env python3
"""Runs every check and counts: the work of ./check.

Each step is one or more results; a meson suite gives one a test.  The last
line is 'N passed, N failed, N skipped'.

Three lines of work run at a time, so that no core waits for the slowest test
of another: the rules, the gcc build with its tests, and the sanitizers' build,
which starts when gcc's is done and runs beside gcc's tests.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from javac.stay import Javac

ROOT = pathlib.Path(__file__).resolve().parent.parent
GCC = ROOT / "build"
CLANG = ROOT / "build-sanitizers"
FUZZ_SECONDS = 6
ROOM = 4 << 30
# The sanitizers see the same with these: they tell lines, not variables, and
# each iteration of a loop, however long the loop is made.
LEAN = ["-gline-tables-only", "-fno-vectorize", "-fno-slp-vectorize",
        "-fno-unroll-loops"]


class Tally:
    """Counts results and prints them, from several threads."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lock = threading.Lock()

    def add(self, name, ok, detail="", output=()):
        """Of the lines of output the last are shown above a failed result."""
        word = {True: "ok", False: "FAILED", None: "skipped"}[ok]
        with self.lock:
            if ok is False:
                print("\n".join("    " + line for line in output[-60:]))
            print(f"  {word:8}{name}{': ' + detail if detail else ''}",
                  flush=True)
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
    last = lines[-1] if lines else ""
    tally.add(name, ok, f"{last} ({time.monotonic() - start:.0f} s)", lines)
    return ok


def configure(tally, folder, compiler, options):
    env = dict(os.environ, CC=compiler)
    if shutil.which("ld.lld"):
        env["CC_LD"] = "lld"  # half the time, a hundred times
    setup = ["meson", "setup", str(folder), *options]
    if (folder / "build.ninja").exists():
        setup.insert(2, "--reconfigure")
    return step(tally, f"configure with {compiler}", setup, env=env)


def build(tally, folder, compiler):
    return step(tally, f"build with {compiler}", ["ninja", "-C", str(folder)])


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
            tally.add(name, False, test["result"], output.splitlines())


def files_in_memory():
    """Tests that ask where to put files put them in memory, if there is
    enough: they wait for the disk otherwise.  The folder, or None."""
    memory = pathlib.Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < ROOM:
        return None
    folder = tempfile.mkdtemp(prefix="postcard-check-", dir=memory)
    os.environ["TMPDIR"] = folder
    return folder


def fuzz_one(tally, target):
    name = target.name.removesuffix("_fuzz")
    work = CLANG / "fuzz-work" / name
    work.mkdir(parents=True, exist_ok=True)
    step(tally, f"fuzz {name}",
         [str(target), f"-max_total_time={FUZZ_SECONDS}", "-timeout=10",
          "-rss_limit_mb=2048", f"-artifact_prefix={work}/",
          str(work), str(ROOT / "tests/fuzz/corpus" / name)])


def fuzz(tally):
    """One target a core at a time."""
    targets = sorted((CLANG / "tests/fuzz").glob("*_fuzz"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(fuzz_one, tally, t) for t in targets]:
            done.result()


def rules(tally):
    python = sys.executable
    step(tally, "layers", [python, "tools/check_layers.py"])
    step(tally, "headers", ["sh", "tools/check_headers.sh"])
    step(tally, "format", ["sh", "tools/check_format.sh"])
    step(tally, "clauses", [python, "tools/clauses.py", "--check"])


def with_gcc(tally, quick, built):
    """The event built tells the others that the compiling is done."""
    try:
        ready = configure(tally, GCC, "gcc", []) and build(tally, GCC, "gcc")
    finally:
        built.set()
    if not ready:
        return
    step(tally, "objects",
         [sys.executable, "tools/check_objects.py", str(GCC)])
    meson_tests(tally, GCC, "gcc", [])
    if not quick:
        step(tally, "demo", ["./demo", "--fresh"])


def with_sanitizers(tally, built):
    ready = configure(tally, CLANG, "clang",
                      ["-Db_sanitize=address,undefined", "-Db_lundef=false",
                       "-Dfuzz=true", "-Dbench=false",
                       f"-Dc_args={' '.join(LEAN)}"])
    built.wait()
    if ready and build(tally, CLANG, "clang"):
        # Of apidef no test runs a program of ours.
        meson_tests(tally, CLANG, "sanitizers",
                    ["--no-suite", "e2e", "--no-suite", "apidef"])
        fuzz(tally)


def run_all(tally, quick):
    built = threading.Event()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        work = [pool.submit(rules, tally),
                pool.submit(with_gcc, tally, quick, built)]
        if not quick:
            work.append(pool.submit(with_sanitizers, tally, built))
        for line in work:
            line.result()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true",
                        help="the gcc build and its tests only")
    options = parser.parse_args()
    tally = Tally()
    folder = files_in_memory()
    try:
        with Javac(GCC, CLANG):
            run_all(tally, options.quick)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{tally.passed} passed, {tally.failed} failed, "
          f"{tally.skipped} skipped")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
