#!/usr/bin/env python3
"""Milliseconds to make and check a package of 100 classes.

Writes the same sources each time, compiles them with javac, and times each
step as a whole process: converting, verifying, and text and back.  Prints a
table; the baseline of the same run is javac on the same sources, so that a
noisy machine shows in both.

bench/toolchain.py [POSTCARD] [STUBS.JAR]   default: what build/ has
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLASSES = 100
JAVAC_RUNS = 5
RUNS = 21
AID = "F0504F535462"

APPLET = """package org.postcard.bench;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;

public class Main extends Applet {{
    private final Account[] accounts = new Account[{count}];

    private Main() {{
{makes}
        register();
    }}

    public static void install(byte[] data, short at, byte length) {{
        new Main();
    }}

    public void process(APDU apdu) {{
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet())
            return;
        short which = (short) (buffer[ISO7816.OFFSET_P1] & 0x7F);
        if (which >= accounts.length)
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        short length = accounts[which].answer(buffer, apdu.setIncomingAndReceive());
        apdu.setOutgoingAndSend((short) 0, length);
    }}
}}
"""

ACCOUNT = """package org.postcard.bench;

interface Account {
    short answer(byte[] buffer, short length);

    boolean credit(short amount);
}
"""

CLASS = """package org.postcard.bench;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

class Account{n} {extends} {{
    static final short LIMIT = {limit};
    static final byte[] TABLE = {{1, 2, 3, {n}, (byte) 0x80}};
    private short balance{n};
    private byte tries{n} = 3;
    private byte[] history{n} = new byte[16];
    private boolean open{n};

    public short answer(byte[] buffer, short length) {{
        switch (buffer[ISO7816.OFFSET_INS]) {{
        case 0x10:
            return get(buffer);
        case 0x20:
            short amount = Util.getShort(buffer, ISO7816.OFFSET_CDATA);
            if (length != 2 || !credit(amount))
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            return get(buffer);
        case 0x30:
            return sum(buffer, ISO7816.OFFSET_CDATA, length);
        case 0x40:
            Util.arrayCopyNonAtomic(history{n}, (short) 0, buffer, (short) 0,
                                    (short) history{n}.length);
            return (short) history{n}.length;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }}
    }}

    public boolean credit(short amount) {{
        if (amount < 0 || amount > (short) (LIMIT - balance{n}) || tries{n} == 0)
            return false;
        JCSystem.beginTransaction();
        {begin} {{
            for (short i = (short) (history{n}.length - 1); i > 0; i--)
                history{n}[i] = history{n}[(short) (i - 1)];
            history{n}[0] = (byte) amount;
            balance{n} += amount;
            open{n} = true;
        }} {end}
        JCSystem.commitTransaction();
        return open{n};
    }}

    private short get(byte[] buffer) {{
        Util.setShort(buffer, (short) 0, balance{n});
        buffer[2] = tries{n};
        buffer[3] = (byte) (open{n} ? 1 : 0);
        return 4;
    }}

    static short sum(byte[] from, short at, short length) {{
        short total = 0;
        for (short i = 0; i < length; i++) {{
            short next = (short) (from[(short) (at + i)] & 0xFF);
            total = (short) ((total << 1) ^ (next * TABLE[(short) (i % 5)]));
        }}
        Util.setShort(from, (short) 0, total);
        return 2;
    }}
}}
"""


# In every fourth class: a CAP file holds 255 handlers.
GUARD = ("try", "catch (ArrayIndexOutOfBoundsException e) {\n"
                "            tries%d--;\n        }")


def sources():
    """(file name, text) of an applet, an interface and 98 classes."""
    count = CLASSES - 2
    makes = "\n".join(f"        accounts[{n}] = new Account{n}();"
                      for n in range(count))
    yield "Main", APPLET.format(count=count, makes=makes)
    yield "Account", ACCOUNT
    for n in range(count):
        above = f"extends Account{n - 1}" if n % 4 else "implements Account"
        begin, end = ("", "") if n % 4 else (GUARD[0], GUARD[1] % n)
        yield f"Account{n}", CLASS.format(n=n, limit=1000 + n, extends=above,
                                          begin=begin, end=end)


def milliseconds(command, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - start) * 1000)
    return times


def main():
    postcard = sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/postcard"
    stubs = sys.argv[2] if len(sys.argv) > 2 else \
        ROOT / "build/apidef/stubs-3.2.jar"
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for name in ("src", "classes"):
            (work / name).mkdir()
        files = []
        for name, text in sources():
            files.append(work / "src" / f"{name}.java")
            files[-1].write_text(text)
        cap, text = work / "bench.cap", work / "bench.captext"
        javac = ["javac", "-source", "8", "-target", "8", "-Xlint:-options",
                 "-g", "-bootclasspath", stubs, "-d", work / "classes", *files]
        steps = [
            ("javac", javac, JAVAC_RUNS),
            ("convert", [postcard, "convert", work / "classes", "--package",
                         AID, "--applet", AID + "01=Main", "-o", cap], RUNS),
            ("cap verify", [postcard, "cap", "verify", cap], RUNS),
            ("cap dump", [postcard, "cap", "dump", cap, "-o", text], RUNS),
            ("cap assemble", [postcard, "cap", "assemble", text, "-o", cap],
             RUNS),
            ("postcard --help", [postcard, "--help"], RUNS),
        ]
        base = None
        print(f"{CLASSES} classes; whole processes, milliseconds")
        print(f"{'':18}{'min':>9}{'median':>9}{'max':>9}{'javac is':>12}")
        for name, command, runs in steps:
            times = milliseconds(command, runs)
            median = statistics.median(times)
            base = base or median
            print(f"{name:18}{min(times):9.1f}{median:9.1f}{max(times):9.1f}"
                  f"{base / median:10.1f} x", flush=True)
        print(f"CAP file of {cap.stat().st_size} bytes")


if __name__ == "__main__":
    main()
