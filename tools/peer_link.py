"""How the C reference simulator is spoken to: frames on a TCP connection, in
them blocks of T=1.

A frame: its kind (1), the length of what follows (2), that, and the exclusive
or of all bytes before (1).  A block is that of ISO 7816-3 11.3: NAD, PCB, LEN,
at most 32 bytes, LRC.
"""
import functools
import operator
import socket
import struct
import time

POWER_UP = 0xF0
POWER_DOWN = 0xE0
DATA = 0x80

INFORMATION_MAX = 32
MORE = 0x20
R_BLOCK = 0x80
S_BLOCK = 0xC0
S_RESPONSE = 0x20
CONNECT_SECONDS = 30
ANSWER_SECONDS = 20


class LinkError(Exception):
    """The other side broke the protocol or went away."""


def check_byte(data):
    return functools.reduce(operator.xor, data, 0)


def with_check(data):
    return bytes(data) + bytes([check_byte(data)])


def without_check(data):
    if check_byte(data) != 0:
        raise LinkError(f"check byte of {data.hex()}")
    return data[:-1]


class Frames:
    """Frames on a connected socket."""

    def __init__(self, connection):
        self.connection = connection

    def send(self, kind, data=b""):
        head = struct.pack(">BH", kind, len(data))
        try:
            self.connection.sendall(with_check(head + data))
        except OSError as e:
            raise LinkError(f"the connection ended: {e}") from e

    def receive(self):
        head = self.exactly(3)
        kind, n = struct.unpack(">BH", head)
        data = without_check(head + self.exactly(n + 1))[3:]
        return kind, data

    def exactly(self, n):
        data = b""
        while len(data) < n:
            try:
                more = self.connection.recv(n - len(data))
            except OSError as e:
                raise LinkError(f"no answer: {e}") from e
            if not more:
                raise LinkError("the connection ended")
            data += more
        return data

    def exchange(self, kind, data=b""):
        self.send(kind, data)
        _, answer = self.receive()
        return answer


class Terminal:
    """The terminal's end of T=1 over frames, for one card."""

    def __init__(self, connection):
        self.frames = Frames(connection)
        self.sent = 0
        self.expected = 0

    def power_up(self):
        self.sent = self.expected = 0
        return self.frames.exchange(POWER_UP)

    def power_down(self):
        self.frames.send(POWER_DOWN)

    def block(self, pcb, information=b""):
        """Sends one and returns PCB and bytes of its answer; extensions of
        waiting time are granted until there is one."""
        while True:
            answer = without_check(self.frames.exchange(DATA, with_check(
                bytes([0, pcb, len(information)]) + information)))
            if len(answer) < 3 or len(answer) != 3 + answer[2]:
                raise LinkError(f"block {answer.hex()}")
            got, data = answer[1], answer[3:]
            if got & S_BLOCK != S_BLOCK or got & S_RESPONSE:
                return got, data
            pcb, information = got | S_RESPONSE, data

    def transmit(self, command):
        """A command APDU's response APDU."""
        pieces = [command[i:i + INFORMATION_MAX]
                  for i in range(0, len(command), INFORMATION_MAX)]
        for piece in pieces[:-1]:
            got, _ = self.information(piece, MORE)
            if got & S_BLOCK != R_BLOCK or got >> 4 & 1 != self.sent:
                raise LinkError(f"block {got:02X} within a command's chain")
        got, data = self.information(pieces[-1], 0)
        response = self.piece(got, data)
        while got & MORE:
            got, data = self.block(R_BLOCK | self.expected << 4)
            response += self.piece(got, data)
        return response

    def information(self, data, more):
        pcb = self.sent << 6 | more
        self.sent ^= 1
        return self.block(pcb, data)

    def piece(self, pcb, data):
        if pcb & 0x80 or pcb >> 6 & 1 != self.expected:
            raise LinkError(f"block {pcb:02X} where an I-block belongs")
        self.expected ^= 1
        return data


def connect(port, process):
    """To a program that was just started; it takes its time to listen."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            s = socket.create_connection(("127.0.0.1", port))
            s.settimeout(ANSWER_SECONDS)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return s
        except ConnectionRefusedError as e:
            if process.poll() is not None:
                raise LinkError("the other program ended at once") from e
            if time.monotonic() > deadline:
                raise LinkError("the other program does not listen") from e
            time.sleep(0.02)
