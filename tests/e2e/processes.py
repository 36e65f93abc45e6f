"""Starts and stops the real programs of the story."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
POSTCARD = os.environ.get("POSTCARD", str(ROOT / "build/postcard"))


class Failed(Exception):
    """A step did not go as the story says; the text is for a person."""


def run(*arguments, expect=0, env=None, text_in=None):
    """Runs `postcard ARGUMENTS`; the result, or Failed unless it exits so."""
    command = [POSTCARD, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True,
                            env=dict(os.environ, **(env or {})),
                            input=text_in, timeout=120)
    if expect is not None and result.returncode != expect:
        raise Failed(f"{' '.join(command)}\n  exit {result.returncode}, "
                     f"expected {expect}\n  {result.stdout.strip()}\n"
                     f"  {result.stderr.strip()}")
    return result


def run_json(*arguments, **extra):
    return json.loads(run(*arguments, "--json", **extra).stdout)


def started(pid):
    """When a process began, in clock ticks: tells a pid from its successor."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


def remember(folder, name, pid):
    """Notes a background process, for a run that comes after a sudden end."""
    note = pathlib.Path(folder) / f"{name}.pid"
    note.write_text(f"{pid} {started(pid)}")
    return note


def end_leftovers(folder):
    """Ends what an earlier run in this folder left behind when it was killed.
    """
    for note in pathlib.Path(folder).glob("*.pid"):
        pid, began = note.read_text().split()
        if started(pid) == began:
            os.kill(int(pid), signal.SIGKILL)
            wait_until(f"the end of process {pid}", 10,
                       lambda: started(pid) != began)
        note.unlink()


class Daemon:
    """One background process whose first line on stdout says it is ready."""

    def __init__(self, name, command, folder, env=None):
        self.name = name
        self.log = open(folder / f"{name}.log", "ab")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log,
            stdin=subprocess.DEVNULL, env=dict(os.environ, **(env or {})))
        self.note = remember(folder, name, self.process.pid)
        self.ready = self.process.stdout.readline().decode().strip()
        if not self.ready:
            self.process.wait(10)
            words = (folder / f"{name}.log").read_text(errors="replace")
            raise Failed(f"{name} did not start: {words.strip()[-400:]}")

    def port(self):
        return int(re.search(r":(\d+)", self.ready)[1])

    def alive(self):
        return self.process.poll() is None

    def stop(self, how=signal.SIGTERM):
        if self.alive():
            self.process.send_signal(how)
        self.process.wait(10)
        self.process.stdout.close()
        self.log.close()
        self.note.unlink(missing_ok=True)


def wait_until(what, seconds, condition):
    """Polls `condition` until it holds; Failed with `what` when it does not."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(0.02)
