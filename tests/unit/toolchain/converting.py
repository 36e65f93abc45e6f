"""A folder, javac and the converter, for the tests of what it writes."""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

import capread

failures = []


def expect(what, got, wanted):
    if got != wanted:
        failures.append(f"{what}:\n  {got}\nand not\n  {wanted}")


class Place:
    def __init__(self, builder, java, stubs, folder):
        self.builder, self.java, self.stubs = builder, java, stubs
        self.folder = folder
        self.out = os.path.join(folder, "x.cap")

    def compile(self, name):
        """The classes of a folder of sources, below java if not absolute."""
        classes = os.path.join(self.folder, name.lstrip("/") + "/classes")
        os.makedirs(classes)
        command = ["javac", "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC",
                   "-source", "8", "-target", "8", "-Xlint:-options", "-g",
                   "-bootclasspath", self.stubs, "-d", classes]
        for parent, _, names in os.walk(os.path.join(self.java, name)):
            command += [os.path.join(parent, n) for n in names]
        subprocess.run(command, check=True, timeout=120)
        return classes

    def convert(self, classes, *more):
        for name in ("x.cap", "x.exp"):
            if os.path.exists(os.path.join(self.folder, name)):
                os.remove(os.path.join(self.folder, name))
        return subprocess.run(
            [self.builder, "convert", classes, "--package", "F0504F535403",
             "-o", self.out, *more],
            capture_output=True, text=True, timeout=120, check=False)

    def keep_export(self, name):
        """The export file just written, under a name of its own."""
        kept = os.path.join(self.folder, name)
        shutil.copyfile(self.out[:-4] + ".exp", kept)
        return kept

    def cap(self, classes, *more):
        run = self.convert(classes, *more)
        expect(f"{more}: {run.stderr}", run.returncode, 0)
        return capread.Cap(self.out)


@contextlib.contextmanager
def stand(builder, java, stubs):
    """A Place; without javac the test ends here, as skipped."""
    if shutil.which("javac") is None or not os.path.exists(stubs):
        print("skipped: there is no javac here")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        yield Place(builder, java, stubs, folder)


def end():
    """Tells what was not as expected; the exit status."""
    print("\n".join(failures))
    return 1 if failures else 0
