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


class Daemon:
    """One background process whose first line on stdout says it is ready."""

    def __init__(self, name, command, folder, env=None):
        self.name = name
        self.log = open(folder / f"{name}.log", "ab")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log,
            stdin=subprocess.DEVNULL, env=dict(os.environ, **(env or {})))
        (folder / f"{name}.pid").write_text(str(self.process.pid))
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
