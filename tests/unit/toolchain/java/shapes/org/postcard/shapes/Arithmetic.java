package org.postcard.shapes;

/** What short instructions compute exactly. */
final class Arithmetic {
    private byte b;
    private short s;
    private byte[] bytes = new byte[4];
    private short[] shorts = new short[4];

    static short narrowed(short a, short b) {
        return (short) (a + b * a - (a ^ b) + (a << 3) + ~b);
    }

    static byte toByte(short a, byte b) {
        return (byte) ((a & 0xFF) + (b << 1));
    }

    static short unsigned(byte hi, byte lo) {
        return (short) ((hi << 8) | (lo & 0xFF));
    }

    static short shifts(short a, byte n) {
        return (short) ((a >> 3) + (a >>> 5) + (a << n) + (a >> n));
    }

    static boolean compares(byte a, short b) {
        return (a & 0xFF) > 128 || (b & 0x7F) + (a & 0x0F) < 100 || a - 1 < -100 || b / 2 > a;
    }

    static short index(byte[] from, byte i) {
        return (short) (from[i & 3] + from[(i & 1) + 2]);
    }

    short fields(short v) {
        b++;
        s -= v;
        b += (byte) v;
        bytes[1] += b;
        bytes[2]++;
        shorts[v & 3] <<= 1;
        shorts[0] = s = v;
        short old = s++;
        byte pre = --b;
        return (short) (old + pre + (s = (short) (v + 1)));
    }

    static short locals(short n) {
        short a = 1;
        byte c = 2;
        {
            short inner = (short) (a + n);
            a += inner;
        }
        {
            byte[] reused = new byte[2];
            reused[0] = c;
            a -= reused[0];
        }
        a++;
        a += 300;
        a -= 5;
        c--;
        return (short) (a + c);
    }

    static short wide(short p0, short p1, short p2, short p3, short p4, short p5, short p6,
            short p7, short p8, short p9, short p10, short p11, short p12, short p13, short p14,
            short p15) {
        return (short) (p0 + (p1 + (p2 + (p3 + (p4 + (p5 + (p6 + (p7 + (p8 + (p9 + (p10 + (p11
                + (p12 + (p13 + (p14 + p15)))))))))))))));
    }
}
