package org.postcard.corpus.ints;

import org.postcard.corpus.base.Log;

/* Every operator of ints, and what stands between ints and shorts. */
final class Numbers {
    static final int[] INTS = {0, 1, -1, 2, -2, 3, 7, -7, 31, 32, 127, 128,
        -128, -129, 255, 256, 32767, 32768, -32768, -32769, 65535, 65536,
        -65536, 100000, -99999, 0x12345678, 0x7FFFFFFF, 0x80000000,
        0x80000001, 0x55555555};
    static final short[] SHORTS = {0, 1, -1, 5, -5, 127, -128, 300, 32767,
        -32768};
    private static int h;

    private Numbers() {
    }

    private static void add(int v) {
        h = h * 31 + v;
    }

    private static int two(byte op, int a, int b) {
        switch (op) {
        case 0:
            return a + b;
        case 1:
            return a - b;
        case 2:
            return a * b;
        case 3:
            return a / b;
        case 4:
            return a % b;
        case 5:
            return a & b;
        case 6:
            return a | b;
        case 7:
            return a ^ b;
        case 8:
            return a << b;
        case 9:
            return a >> b;
        case 10:
            return a >>> b;
        default:
            return a < b ? 1 : a == b ? 2 : 3;
        }
    }

    static void binary(Log log) {
        for (byte op = 0; op < 12; op++) {
            h = 1;
            for (int a : INTS)
                for (int b : INTS)
                    try {
                        add(two(op, a, b));
                    } catch (ArithmeticException e) {
                        add(77);
                    }
            log.put(h);
        }
    }

    static void unary(Log log) {
        h = 1;
        for (int a : INTS) {
            add(-a);
            add(~a);
            add((byte) a);
            add((short) a);
            add((short) -a);
            add((int) (short) (a + 1));
            add(a << 16 >> 16);
            add(a >>> 31);
            add(a >> 24);
            add(a == 0 ? 1 : 0);
            add(a < 0 ? 1 : 0);
            add(a <= 0 ? 1 : 0);
            add(a > 0 ? 1 : 0);
            add(a >= 0 ? 1 : 0);
            add(a != 0 ? 1 : 0);
        }
        log.put(h);
    }

    /* Intermediate values that a short could not hold. */
    static void shorts(Log log) {
        h = 1;
        for (short a : SHORTS)
            for (short b : SHORTS) {
                add(a + b);
                add(a * b);
                add((a + b) / 2);
                add((a * b) >> 8);
                add((a + b) >>> 1);
                add((a - b) % 7);
                add(a + b > 32767 ? 1 : 2);
                add(a * b == b * a ? 1 : 2);
                add((short) (a * b) * 3);
                add((a << 8 | b & 0xFF) & 0xFFFF);
                add(-a - -b);
                add(a << b);
                add(b > 0 ? a : a * b);
                short c = (short) ((a * b + 3) / 5);
                add(c);
                c += a * b >> 3;
                add(c);
                c -= 70000;
                add(c);
                c >>= 1;
                add(c++ * c--);
                byte d = (byte) ((a + b) / 3);
                d *= 70000 / (a | 1);
                add(d);
                if (a + b != (short) (a + b))
                    add(9);
            }
        log.put(h);
    }

    static void assigned(Log log) {
        h = 1;
        for (int v : INTS) {
            int a = v;
            a += 3;
            a -= 40000;
            a *= 7;
            a /= 3;
            a %= 100000;
            a &= 0x7FFFFF;
            a |= 0x1000;
            a ^= -1;
            a <<= 3;
            a >>= 1;
            a >>>= 2;
            a++;
            ++a;
            a--;
            a += a++ + ++a;
            a += (short) v;
            add(a);
            a = a + 100;
            a = a - 200;
            a += 127;
            a += -128;
            a += 128;
            a += 32767;
            a += -32768;
            a += 32768;
            add(a);
        }
        log.put(h);
    }

    private static int keyed(int v) {
        switch (v) {
        case 0:
            return 1;
        case 1:
            return 2;
        case 70000:
            return 3;
        case -70000:
            return 4;
        case 0x7FFFFFFF:
            return 5;
        case 0x80000000:
            return 6;
        default:
            return 7;
        }
    }

    private static int dense(int v) {
        int r = 0;
        switch (v) {
        case 99998:
            r += 1;
        case 99999:
            r += 10;
        case 100000:
            r += 100;
            break;
        case 100001:
            r += 1000;
        default:
            r += 7;
        }
        return r;
    }

    private static int top(int v) {
        switch (v) {
        case 2147483645:
            return 1;
        case 2147483646:
            return 2;
        case 2147483647:
            return 3;
        default:
            return 4;
        }
    }

    static void switches(Log log) {
        h = 1;
        for (int v : INTS) {
            add(keyed(v));
            add(dense(v));
            add(top(v));
            add(dense(v + 1));
            add(dense(v - 1));
            add(keyed(v + 70000));
            add(keyed(v - 70000));
            add(top(v - 1));
        }
        log.put(h);
    }
}
