"""ask.py REAL DOORS ARGUMENT...: has the javac that stays, whose door is named
by the folder it works in, do what REAL would; or starts REAL."""
import os
import socket
import sys

REAL, DOORS, *ARGUMENTS = sys.argv[1:]


def ask():
    """A status and what javac says; None where nobody answers."""
    with socket.socket(socket.AF_UNIX) as door:
        try:
            door.connect(f"{DOORS}/{os.stat('.').st_ino}")
            door.sendall("".join(a + "\0" for a in ARGUMENTS).encode())
            door.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: door.recv(1 << 16), b""))
        except OSError:
            return None
    return (answer[0], answer[1:]) if answer else None


answered = ask()
if answered is None:
    os.execv(REAL, [REAL, *ARGUMENTS])
os.write(2, answered[1])
sys.exit(answered[0])
