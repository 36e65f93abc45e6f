#!/usr/bin/env python3
"""Proves that ordinary PC/SC programs see the running card.

`opensc-tool -a` reads its ATR; a pyscard client selects the card domain,
reads data and loads an application through GlobalPlatform commands sent by
`postcard`; the card survives being taken out and put back; nothing listens
on any address that can be seen from here.  Exit 77 (skipped) says why when
pcscd cannot run.
"""
import gc
import os
import pathlib
import subprocess
import sys
import tempfile

import reader
from processes import POSTCARD, ROOT, Daemon, run, wait_until

GET_RECOGNITION = [0x80, 0xCA, 0x00, 0x66, 0x00]
SELECT_WALLET = list(bytes.fromhex("00A4040007F0504F5354010100"))
GET_BALANCE = list(bytes.fromhex("8050000002"))


def listeners():
    out = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True,
                         check=True).stdout
    return {line.split()[3] for line in out.splitlines()}


def connect():
    from smartcard.Exceptions import CardConnectionException, NoCardException
    from smartcard.System import readers
    for one in readers():
        if str(one) != reader.READER:
            continue
        connection = one.createConnection()
        try:
            connection.connect()
            return connection
        except (NoCardException, CardConnectionException):
            return None
    return None


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got}, not {wanted}")
    print(f"{what}: {got}")


def ask(commands):
    connection = wait_until("a card in the reader", 10, connect)
    answers = [connection.transmit(c) for c in commands]
    connection.disconnect()
    del connection
    gc.collect()
    return answers


def story(folder, image, pcscd):
    command = [*pcscd.join(), POSTCARD, "card", "run", str(image), "--reader",
               f"vpcd:127.0.0.1:{reader.PORT}"]
    card = Daemon("card", command, folder)
    env = dict(os.environ, **pcscd.env)
    wait_until("a card in the reader", 10, connect)
    seen = subprocess.run(["opensc-tool", "-r", "0", "-a"], env=env, text=True,
                          capture_output=True, timeout=60, check=False)
    expect("opensc-tool -a", seen.stdout.strip().replace(":", "").upper()[:4],
           "3B8E")
    data, sw1, sw2 = ask([GET_RECOGNITION])[0]
    expect("pyscard GET DATA 0066", (data[0], sw1, sw2), (0x66, 0x90, 0x00))
    run("install", ROOT / "applets/wallet.cap", "--reader", reader.READER,
        env=pcscd.env)
    _, balance = ask([SELECT_WALLET, GET_BALANCE])
    expect("wallet over PC/SC", balance, ([0, 0], 0x90, 0x00))
    card.stop()
    card = Daemon("card", command, folder)
    _, balance = ask([SELECT_WALLET, GET_BALANCE])
    expect("taken out and put back", balance, ([0, 0], 0x90, 0x00))
    card.stop()


def main():
    reason = reader.available()
    if reason:
        print(f"skipped: {reason}")
        return 77
    before = listeners()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        image = folder / "card.img"
        run("card", "new", image)
        pcscd = reader.Reader(folder)
        try:
            pcscd.start()
        except reader.ReaderError as failure:
            print(f"skipped: {failure}")
            return 77
        os.environ.update(pcscd.env)
        try:
            expect("new listeners outside", listeners() - before, set())
            story(folder, image, pcscd)
        finally:
            pcscd.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
