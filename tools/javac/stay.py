"""Puts a javac first in the path that a running JVM answers for.

The builds and the tests start javac some three hundred times, for a few
classes each, and starting it takes ten times as long as compiling.  A JVM that
has started and stays is the same compiler with the same options.
"""
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]


class Javac:
    """One JVM for each folder that javac is started from: a JVM cannot change
    its own.  Where there is none, or it does not answer, javac is started.
    Use as a context; all end with it, or with us."""

    def __init__(self, *folders):
        self.folders = folders
        self.place = None
        self.jvms = []

    def __enter__(self):
        javac, java = shutil.which("javac"), shutil.which("java")
        if javac is None or java is None:
            return self
        self.place = tempfile.mkdtemp(prefix="javac-")
        made = subprocess.run([javac, "-d", self.place, str(HERE / "Stay.java")],
                              capture_output=True, check=False)
        if made.returncode == 0:
            self.jvms = [self.start(java, f) for f in self.folders]
            self.write_script(javac)
        return self

    def start(self, java, folder):
        folder.mkdir(parents=True, exist_ok=True)
        door = f"{self.place}/{os.stat(folder).st_ino}"
        return subprocess.Popen(
            [java, *QUICK, "-cp", self.place, "Stay", door], cwd=folder,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def write_script(self, javac):
        script = pathlib.Path(self.place, "bin/javac")
        script.parent.mkdir()
        command = [sys.executable, "-IS", str(HERE / "ask.py"), javac,
                   self.place]
        script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        script.chmod(0o755)
        os.environ["PATH"] = f"{script.parent}:{os.environ['PATH']}"

    def __exit__(self, *_):
        for jvm in self.jvms:
            jvm.stdin.close()
            jvm.wait()
        if self.place is not None:
            shutil.rmtree(self.place, ignore_errors=True)
