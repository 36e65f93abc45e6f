#!/usr/bin/env python3
"""Proves that tools/peer_link.py speaks frames and T=1 as a card expects
[ISO 7816-3 11]: against a small card of its own on the other end, which
chains, asks for time and breaks the rules."""
import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import peer_link  # noqa: E402

ATR = bytes.fromhex("3BF01100FF01")
ASK_TIME = bytes.fromhex("80FF")


class FakeCard(threading.Thread):
    """Answers each command with its bytes backwards, in pieces."""

    def __init__(self, connection, piece=32, breaks=None):
        super().__init__(daemon=True)
        self.frames = peer_link.Frames(connection)
        self.piece = piece
        self.breaks = breaks
        self.command = b""
        self.answer = []
        self.sent = self.expected = 0
        self.blocks = []  # PCB of each block that came

    def run(self):
        try:
            while True:
                kind, data = self.frames.receive()
                if kind == peer_link.POWER_UP:
                    self.frames.send(peer_link.DATA, ATR)
                elif kind == peer_link.POWER_DOWN:
                    return
                else:
                    self.block(peer_link.without_check(data))
        except peer_link.LinkError:
            pass

    def reply(self, pcb, data=b""):
        block = peer_link.with_check(bytes([0, pcb, len(data)]) + data)
        if self.breaks == "check":
            block = block[:-1] + bytes([block[-1] ^ 1])
        self.frames.send(peer_link.DATA, block)

    def next_piece(self):
        data = self.answer.pop(0)
        pcb = self.sent << 6 | (peer_link.MORE if self.answer else 0)
        if self.breaks == "number":
            pcb ^= 0x40
        self.sent ^= 1
        self.reply(pcb, data)

    def block(self, block):
        pcb, data = block[1], block[3:]
        self.blocks.append(pcb)
        if pcb & 0xC0 == 0x80:
            self.next_piece()
            return
        if pcb == 0xE3:  # the time that was asked for
            self.next_piece()
            return
        assert pcb >> 6 & 1 == self.expected
        self.expected ^= 1
        self.command += data
        if pcb & peer_link.MORE:
            self.reply(0x80 | self.expected << 4)
            return
        answer = self.command[::-1] + b"\x90\x00"
        self.answer = [answer[i:i + self.piece]
                       for i in range(0, len(answer), self.piece)]
        asks = self.command == ASK_TIME
        self.command = b""
        if asks:
            self.reply(0xC3, b"\x02")
        else:
            self.next_piece()


class Link(unittest.TestCase):
    def open(self, **how):
        ours, theirs = socket.socketpair()
        ours.settimeout(10)
        self.card = FakeCard(theirs, **how)
        self.card.start()
        self.addCleanup(theirs.close)
        self.addCleanup(ours.close)
        self.terminal = peer_link.Terminal(ours)
        self.assertEqual(self.terminal.power_up(), ATR)

    def ask(self, command):
        self.assertEqual(self.terminal.transmit(command),
                         command[::-1] + b"\x90\x00")

    def test_short_commands_alternate(self):
        self.open()
        for i in range(3):
            self.ask(bytes([0, 0xA4, 4, i]))
        self.assertEqual(self.card.blocks, [0x00, 0x40, 0x00])

    def test_chains_both_ways(self):
        self.open()
        self.ask(bytes(range(100)))
        self.ask(bytes(range(64)))
        self.assertEqual(self.card.blocks[:4], [0x20, 0x60, 0x20, 0x40])

    def test_answer_in_small_pieces(self):
        self.open(piece=5)
        self.ask(bytes(range(33)))

    def test_waiting_time_is_granted(self):
        self.open()
        self.ask(ASK_TIME)
        self.assertEqual(self.card.blocks, [0x00, 0xE3])

    def test_wrong_check_byte(self):
        self.open(breaks="check")
        with self.assertRaises(peer_link.LinkError):
            self.terminal.transmit(bytes(4))

    def test_wrong_number(self):
        self.open(breaks="number")
        with self.assertRaises(peer_link.LinkError):
            self.terminal.transmit(bytes(4))

    def test_end_of_connection(self):
        self.open()
        self.terminal.power_down()
        self.card.join(10)
        self.card.frames.connection.close()
        with self.assertRaises(peer_link.LinkError):
            self.terminal.transmit(bytes(4))


if __name__ == "__main__":
    unittest.main()
