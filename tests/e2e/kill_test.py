#!/usr/bin/env python3
"""Proves that the main job survives the death of any of its processes.

The demo is run and, at some step, one process is killed outright: the server,
the terminal, the card, pcscd or the demo itself.  Then the demo is run again
in the same folder: it must end with no failed step, and its last steps assert
the same balance, points and content as an undisturbed run.  When in a step a
process dies follows from a fixed seed; `kill_test.py all` tries every step
with every process.  Two trials run at a time.  Applets are built from their
sources only where the step that is disturbed is the one that builds them.
"""
import concurrent.futures
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
STEP = re.compile(r"^\[ *(\d+)\]")
SEED = 20261124
AT_A_TIME = 2
BUILDING = 1  # the step that builds the applets
VICTIMS = ("server", "terminal", "card", "pcscd", "demo")
# steps in which these processes do the most: delivery, use, rotation, loading
CHOSEN = [(6, "terminal"), (6, "server"), (6, "card"), (7, "card"),
          (10, "server"), (10, "demo"), (11, "pcscd"), (12, "terminal")]


def children(pid):
    out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)],
                         capture_output=True, text=True, check=False).stdout
    return [line.strip().split(None, 1) for line in out.splitlines()]


def find(demo, victim):
    """The process to kill, if it is there now."""
    if victim == "demo":
        return demo.pid
    word = {"server": " server ", "terminal": " terminal ",
            "card": " card run ", "pcscd": "pcscd -f"}[victim]
    for pid, arguments in children(demo.pid):
        if word in arguments:
            return int(pid)
    return None


def start(folder, step):
    more = [] if step == BUILDING else ["--committed"]
    return subprocess.Popen(
        [sys.executable, str(HERE / "demo.py"), "--dir", str(folder), *more],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True)


def strike(demo, victim, generator):
    """Waits until the victim lives, then a little, then kills it."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and demo.poll() is None:
        pid = find(demo, victim)
        if pid:
            time.sleep(generator.random() * 0.05)
            try:
                os.kill(pid, signal.SIGKILL)
                return True
            except ProcessLookupError:
                pass
    return False


def clean_up(demo):
    """What a killed demo leaves running is the next run's to end."""
    demo.kill()
    demo.stdout.close()
    demo.wait()


def disturbed(folder, step, victim, generator):
    demo = start(folder, step)
    struck = False
    for line in demo.stdout:
        match = STEP.match(line)
        if match and int(match[1]) == step:
            struck = strike(demo, victim, generator)
            break
    try:
        demo.wait(timeout=60)
    except subprocess.TimeoutExpired:
        pass
    clean_up(demo)
    return struck


def finished(folder, step):
    demo = start(folder, step)
    out, _ = demo.communicate(timeout=120)
    clean_up(demo)
    return demo.returncode, out


def trial(step, victim):
    generator = random.Random(f"{SEED} {step} {victim}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "demo"
        struck = disturbed(folder, step, victim, generator)
        (folder / "done").unlink(missing_ok=True)
        status, out = finished(folder, step)
        word = "killed" if struck else "gone before it could be killed"
        print(f"step {step}, {victim} {word}: "
              f"{out.strip().splitlines()[-1]}", flush=True)
        if status != 0:
            print(out)
        return status == 0


def main():
    trials = CHOSEN
    if sys.argv[1:] == ["all"]:
        trials = [(s, v) for s in range(1, 19) for v in VICTIMS]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        ended = list(pool.map(lambda t: trial(*t), trials))
    print(f"{len(trials)} trials, {ended.count(False)} failed")
    return 0 if all(ended) else 1


if __name__ == "__main__":
    sys.exit(main())
