"""A private PC/SC reader: pcscd with vsmartcard's vpcd, out of anyone's way.

vpcd listens on every address, so pcscd runs in a network namespace of its
own, where only a loopback exists; its socket lies in a folder of ours.  The
card joins that namespace (`join`), PC/SC clients need only the variable in
`env`.  Nothing outside sees a port.
"""
import os
import pathlib
import shutil
import subprocess
import time

import processes

DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
PORT = 35963
NAME = "Postcard Reader"
READER = NAME + " 00 00"


class ReaderError(Exception):
    """Why there is no PC/SC here, in words."""


def available():
    """None, or the reason why pcscd cannot run here."""
    for program in ("pcscd", "unshare", "nsenter", "ip"):
        if shutil.which(program) is None and \
                not os.path.exists("/usr/sbin/" + program):
            return f"{program} is not installed"
    if not os.path.exists(DRIVER):
        return "vsmartcard-vpcd is not installed"
    return None


class Reader:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.process = None
        # A Unix socket's path has at most 107 characters.
        self.run = self.folder / "pcscd"
        self.env = {"PCSCLITE_CSOCK_NAME": str(self.run / "pcscd.comm")}

    def start(self):
        reason = available()
        if reason:
            raise ReaderError(reason)
        conf = self.folder / "reader.conf.d"
        shutil.rmtree(self.run, ignore_errors=True)
        conf.mkdir(parents=True, exist_ok=True)
        self.run.mkdir(parents=True)
        (conf / "vpcd").write_text(
            f'FRIENDLYNAME "{NAME}"\nDEVICENAME /dev/null:{PORT}\n'
            f"LIBPATH {DRIVER}\nCHANNELID {PORT}\n")
        user = [] if os.geteuid() == 0 else ["-r"]
        script = ('mkdir -p /run/pcscd; ip link set lo up && '
                  'mount --bind "$0" /run/pcscd && exec pcscd -f -c "$1"')
        self.log = open(self.folder / "pcscd.log", "wb")
        self.process = subprocess.Popen(
            ["unshare", *user, "-mn", "sh", "-c", script, str(self.run),
             str(conf)], stdout=self.log, stderr=self.log,
            stdin=subprocess.DEVNULL,
            env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
        self.note = processes.remember(self.folder, "pcscd", self.process.pid)
        self.wait_for_socket()

    def wait_for_socket(self):
        deadline = time.monotonic() + 10
        while not (self.run / "pcscd.comm").exists():
            if self.process.poll() is not None:
                raise ReaderError("pcscd ended: " + self.last_words())
            if time.monotonic() > deadline:
                raise ReaderError("pcscd did not open its socket")
            time.sleep(0.01)

    def last_words(self):
        text = (self.folder / "pcscd.log").read_text(errors="replace")
        return text.strip().splitlines()[-1] if text.strip() else "no reason"

    def join(self):
        """Words to put before the card's command: enter the namespace."""
        user = [] if os.geteuid() == 0 else ["-U", "--preserve-credentials"]
        return ["nsenter", "-t", str(self.process.pid), *user, "-n"]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
            self.note.unlink(missing_ok=True)
