#!/usr/bin/env python3
"""rebuild.py BUILDER STUBS APPLETS [--write]: builds the applets from their
sources and compares the result with the committed files, byte for byte; with
--write it replaces them.  Exit 77 (skipped) where there is no javac."""
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile

PACKAGES = [
    ("wallet", "F0504F535401", "F0504F53540101=Wallet", [], True),
    ("loyalty", "F0504F535402", "F0504F53540201=LoyaltyProgram",
     ["wallet.exp"], False),
    ("echo", "F0504F535403", "F0504F53540301=Echo", [], False),
    ("algorithms", "F0504F535404", "F0504F53540401=Probe", [], False),
]


def build(builder, stubs, sources, folder):
    made = []
    for name, package, applet, exports, has_export in PACKAGES:
        command = [builder, "build", os.path.join(sources, name), "--package", package,
                   "--applet", applet, "--stubs", stubs,
                   "-o", os.path.join(folder, name + ".cap")]
        for export in exports:
            command += ["--exp", os.path.join(folder, export)]
        subprocess.run(command, check=True, timeout=120)
        made.append(name + ".cap")
        if has_export:
            made.append(name + ".exp")
    return made


def main():
    builder, stubs, sources = sys.argv[1:4]
    if shutil.which("javac") is None or not os.path.exists(stubs):
        print("skipped: there is no javac here to rebuild the applets with")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        made = build(builder, stubs, sources, folder)
        differing = [f for f in made if not os.path.exists(
            os.path.join(sources, f)) or not filecmp.cmp(
                os.path.join(folder, f), os.path.join(sources, f), False)]
        if "--write" in sys.argv[4:]:
            for f in made:
                shutil.copyfile(os.path.join(folder, f),
                                os.path.join(sources, f))
            return 0
    for f in differing:
        print(f"applets/{f} is not what its sources give; "
              "run applets/rebuild.py with --write")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
