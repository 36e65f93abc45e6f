#!/usr/bin/env python3
"""Proves that a target decides what a package may use and in which versions
it imports: each line marked "// since R" is refused, with its number and the
release's name, for every target before R and for no other.

targets_test.py BUILDER JAVA STUBS-3.2.JAR STUBS...   skipped without javac"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import capread

RELEASES = ["2.1.1", "2.1.2", "2.2.1", "2.2.2", "3.0.1", "3.0.3", "3.0.4",
            "3.0.5", "3.1", "3.2"]
FRAMEWORK, SECURITY = "A0000000620101", "A0000000620102"
GLOBALPLATFORM = "A00000015100"
# Of javacard.framework and javacard.security in each release.
VERSIONS = {"2.1.1": ("1.0", "1.1"), "2.2.1": ("1.2", "1.2"),
            "2.2.2": ("1.3", "1.3"), "3.0.1": ("1.4", "1.4"),
            "3.0.4": ("1.5", "1.5"), "3.0.5": ("1.6", "1.6"),
            "3.1": ("1.8", "1.7"), "3.2": ("1.9", "1.8")}

failures = []


def expect(what, got, wanted):
    if got != wanted:
        failures.append(f"{what}: {got}, not {wanted}")


def marks(folder):
    found = set()
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), encoding="utf-8") as f:
                for number, text in enumerate(f, 1):
                    mark = re.search(r"// since ([\d.]+)$", text.rstrip())
                    if mark:
                        found.add((name, number, mark.group(1)))
    return found


def compile_java(folder, classes, stubs):
    command = ["javac", "-source", "8", "-target", "8", "-Xlint:-options",
               "-g", "-bootclasspath", stubs, "-d", classes]
    for parent, _, names in os.walk(folder):
        command += [os.path.join(parent, n) for n in names]
    subprocess.run(command, check=True, timeout=120)


def convert(builder, classes, out, *more):
    return subprocess.run(
        [builder, "convert", classes, "--package", "F0504F5354AA", "-o", out,
         *more], capture_output=True, text=True, timeout=120, check=False)


def check_refusals(builder, classes, wanted, out):
    for i, target in enumerate(RELEASES):
        run = convert(builder, classes, out, "--target", target)
        told = set(re.findall(r"/(\w+\.java):(\d+): .* came with JC ([\d.]+); "
                              rf"the target, Java Card {re.escape(target)},",
                              run.stderr))
        later = {(n, str(line), r) for n, line, r in wanted
                 if RELEASES.index(r) > i}
        expect(f"refused for {target}", told, later)
        expect(f"status for {target}", run.returncode, 4 if later else 0)
        expect(f"a file for {target}", os.path.exists(out), not later)


def check_versions(builder, classes, out):
    for target, versions in VERSIONS.items():
        run = convert(builder, classes, out, "--target", target)
        expect(f"{target} {run.stderr}", run.returncode, 0)
        imports = capread.Cap(out).imports()
        expect(f"imports for {target}",
               (imports[FRAMEWORK], imports[SECURITY]), versions)
        expect("no release decides GlobalPlatform's version",
               imports[GLOBALPLATFORM], "1.0")
    convert(builder, classes, out)
    imports = capread.Cap(out).imports()
    expect("lowest versions", (imports[FRAMEWORK], imports[SECURITY]),
           ("1.0", "1.1"))


def check_unknown(builder, classes, out):
    run = convert(builder, classes, out, "--target", "3.0.2")
    expect("status of an unknown target", run.returncode, 2)
    expect("the targets are listed",
           all(r in run.stderr for r in RELEASES), True)


def check_stubs(builder, java, folder):
    """build compiles against the API of the target."""
    sources = os.path.join(java, "targets")
    for target, can in (("3.1", False), ("3.2", True)):
        run = subprocess.run(
            [builder, "build", sources, "--package", "F0504F5354AA",
             "--target", target, "-o", os.path.join(folder, "b.cap")],
            capture_output=True, text=True, timeout=120, check=False)
        expect(f"build for {target}: {run.stderr}", run.returncode,
               0 if can else 4)
        expect("javac itself tells", "cannot find symbol" in run.stderr,
               not can)


def main():
    builder, java, stubs = sys.argv[1:4]
    if shutil.which("javac") is None or not os.path.exists(stubs):
        print("skipped: there is no javac here")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        ages, old = os.path.join(folder, "ages"), os.path.join(folder, "old")
        os.mkdir(ages)
        os.mkdir(old)
        out = os.path.join(folder, "x.cap")
        compile_java(os.path.join(java, "targets"), ages, stubs)
        compile_java(os.path.join(java, "versions"), old, stubs)
        check_refusals(builder, ages, marks(os.path.join(java, "targets")),
                       out)
        check_versions(builder, old, out)
        check_unknown(builder, old, out)
        check_stubs(builder, java, folder)
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
