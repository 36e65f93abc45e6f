#!/usr/bin/env python3
"""APDUs a second through PC/SC: pcscd, vpcd and `postcard card run`.

Prints a table; the baseline of the same run is the card over TCP without
pcscd, so that a noisy machine shows in both.
"""
import gc
import os
import pathlib
import socket
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))

import processes  # noqa: E402
import proxy  # noqa: E402
import reader  # noqa: E402

COUNT = 3000
ROUNDS = 5
SELECT = bytes.fromhex("00A4040000")
GET_DATA = bytes.fromhex("80CA006600")


def rate(transmit, command):
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(COUNT):
            transmit(command)
        rates.append(COUNT / (time.perf_counter() - start))
    return statistics.median(rates)


def over_tcp(folder, image):
    card = processes.Daemon("bench-tcp", [
        processes.POSTCARD, "card", "run", str(image), "--listen",
        "127.0.0.1:0"], folder)
    with socket.create_connection(("127.0.0.1", card.port())) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        proxy.send_message(sock, b"\x01")

        def transmit(command):
            proxy.send_message(sock, command)
            return proxy.receive_message(sock)
        rates = [rate(transmit, SELECT), rate(transmit, GET_DATA)]
    card.stop()
    return rates


def over_pcsc(folder, image):
    pcscd = reader.Reader(folder)
    pcscd.start()
    os.environ.update(pcscd.env)
    card = processes.Daemon("bench-pcsc", [
        *pcscd.join(), processes.POSTCARD, "card", "run", str(image),
        "--reader", f"vpcd:127.0.0.1:{reader.PORT}"], folder)
    try:
        from smartcard.System import readers
        from smartcard.Exceptions import NoCardException

        def connect():
            for r in readers():
                if str(r) == reader.READER:
                    connection = r.createConnection()
                    try:
                        connection.connect()
                        return connection
                    except NoCardException:
                        return None
            return None
        connection = processes.wait_until("card in the reader", 10, connect)

        def transmit(command):
            return connection.transmit(command)
        rates = [rate(transmit, list(SELECT)), rate(transmit, list(GET_DATA))]
        connection.disconnect()
        del connection
        gc.collect()
    finally:
        card.stop()
        pcscd.stop()
    return rates


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image = folder / "bench.card"
        processes.run("card", "new", image)
        tcp = over_tcp(folder, image)
        try:
            pcsc = over_pcsc(folder, image)
        except reader.ReaderError as reason:
            print(f"no PC/SC here: {reason}")
            return 1
    print(f"{'APDUs/s, median of ' + str(ROUNDS):34}"
          f"{'TCP':>10}{'PC/SC':>10}{'ratio':>8}")
    for label, a, b in zip(("SELECT, 20 bytes and more back", "GET DATA 0066"),
                           tcp, pcsc):
        print(f"{label:34}{a:10.0f}{b:10.0f}{b / a:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
