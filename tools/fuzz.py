#!/usr/bin/env python3
"""Runs fuzz targets for as long as you like, one after the other.

    CC=clang meson setup build-fuzz -Dfuzz=true -Doptimization=1 \\
        -Db_sanitize=address,undefined -Db_lundef=false
    tools/fuzz.py [--build build-fuzz] [--minutes 10] [TARGET ...]

Without a TARGET: all of tests/fuzz.  What a run learns stays in
BUILD/fuzz-work/TARGET, and the next run goes on from there; --merge then adds
to tests/fuzz/corpus/TARGET the fewest inputs that reach what its seeds do
not.  A finding is made as short as it goes and shown; exit 1 when there is one.
tests/fuzz/TARGET.dict holds words that the target's input is made of.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tests/fuzz"
COMMON = ["-timeout=10", "-rss_limit_mb=2048", "-verbosity=1"]
MINIMISE_SECONDS = 60
SEED_MAX = 4096  # bytes of an input worth committing


class Target:
    def __init__(self, build, name):
        self.name = name
        self.program = build / f"tests/fuzz/{name}_fuzz"
        self.work = build / "fuzz-work" / name
        self.seeds = SOURCES / "corpus" / name
        self.dictionary = SOURCES / f"{name}.dict"
        self.found = self.work.parent / f"{name}-findings"
        for folder in (self.work, self.found):
            folder.mkdir(parents=True, exist_ok=True)

    def command(self, *options):
        words = [f"-dict={self.dictionary}"] if self.dictionary.exists() else []
        return ["nice", "-n", "19", str(self.program), *COMMON, *words,
                f"-artifact_prefix={self.found}/", *options]

    def run(self, minutes):
        """Fuzzes; what libFuzzer said."""
        log = self.work.parent / f"{self.name}.log"
        with log.open("w") as out:
            subprocess.run(
                self.command(f"-max_total_time={round(minutes * 60)}",
                             str(self.work), str(self.seeds)),
                stdout=out, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, check=False)
        return log.read_text(errors="replace")

    def findings(self):
        return sorted(self.found.glob("crash-*")) + \
            sorted(self.found.glob("timeout-*")) + \
            sorted(self.found.glob("oom-*")) + \
            sorted(self.found.glob("leak-*"))

    def minimise(self, finding):
        short = finding.with_name(f"short-{finding.name}")
        subprocess.run(
            self.command("-minimize_crash=1", f"-exact_artifact_path={short}",
                         f"-max_total_time={MINIMISE_SECONDS}", str(finding)),
            capture_output=True, stdin=subprocess.DEVNULL, check=False)
        return short if short.exists() else finding

    def merge(self):
        """Adds new seeds to those that are committed; how many."""
        before = set(os.listdir(self.seeds))
        with tempfile.TemporaryDirectory() as small:
            for p in self.work.iterdir():
                if p.is_file() and p.stat().st_size <= SEED_MAX:
                    shutil.copy(p, small)
            subprocess.run(
                self.command("-merge=1", str(self.seeds), small),
                capture_output=True, stdin=subprocess.DEVNULL, check=True)
        return len(set(os.listdir(self.seeds)) - before)


def last_number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def report(target, seconds, said, findings):
    runs = last_number(r"#(\d+)\s", said)
    edges = last_number(r"cov: (\d+)", said)
    print(f"{target.name:<12} {seconds / 60:>7.1f} {runs:>12,} "
          f"{runs / max(seconds, 1):>9,.0f} {edges:>7,} "
          f"{len(findings):>8}", flush=True)
    for f in findings:
        print(f"    {f}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default=ROOT / "build-fuzz",
                        type=pathlib.Path)
    parser.add_argument("--minutes", default=10.0, type=float)
    parser.add_argument("--merge", action="store_true",
                        help="add what was learnt to the committed seeds")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    build = options.build.resolve()
    names = options.targets or sorted(
        p.name.removesuffix("_fuzz")
        for p in (build / "tests/fuzz").glob("*_fuzz"))
    targets = [Target(build, n) for n in names]
    missing = [t.name for t in targets if not t.program.exists()]
    if missing or not targets:
        print(f"not built in {build}: {', '.join(missing) or 'any target'}",
              file=sys.stderr)
        return 2
    bad = 0
    print("target       minutes         runs     per s   edges findings")
    for t in targets:
        start = time.monotonic()
        said = t.run(options.minutes)
        seconds = time.monotonic() - start
        findings = [t.minimise(f) for f in t.findings()]
        report(t, seconds, said, findings)
        bad += len(findings)
        if options.merge and not findings:
            print(f"    {t.merge()} new seeds")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
