#!/usr/bin/env python3
"""Proves that build takes sources in the encoding they are said to have: one
in Latin 1 is refused as UTF-8 and becomes the same CAP file as its twin.

encoding_test.py BUILDER STUBS.JAR   skipped without javac"""
import os
import shutil
import subprocess
import sys
import tempfile

SOURCE = """package x;
public class Caf {
    /** Le caf\u00e9. */
    public static short at(byte[] b) { return (short) (b[0] + '\u00e9'); }
}
"""

failures = []


def build(builder, folder, encoding, *more):
    sources = os.path.join(folder, encoding)
    os.mkdir(sources)
    with open(os.path.join(sources, "Caf.java"), "w",
              encoding=encoding) as f:
        f.write(SOURCE)
    out = os.path.join(folder, encoding + ".cap")
    run = subprocess.run(
        [builder, "build", sources, "--package", "F0504F5354AB", "-o", out,
         *more], capture_output=True, text=True, timeout=120, check=False)
    shutil.rmtree(sources)
    return run, out


def same(one, other):
    with open(one, "rb") as a, open(other, "rb") as b:
        return a.read() == b.read()


def main():
    builder, stubs = sys.argv[1:3]
    if shutil.which("javac") is None or not os.path.exists(stubs):
        print("skipped: there is no javac here")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        plain, good = build(builder, folder, "UTF-8")
        bare, none = build(builder, folder, "ISO-8859-1")
        if plain.returncode != 0:
            failures.append(f"UTF-8 is the default: {plain.stderr}")
        if bare.returncode != 4 or os.path.exists(none):
            failures.append(f"Latin 1 is not UTF-8: {bare.stderr}")
        said, twin = build(builder, folder, "ISO-8859-1", "--encoding",
                           "ISO-8859-1")
        if said.returncode != 0 or not same(good, twin):
            failures.append(f"Latin 1, as said: {said.stderr}")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
