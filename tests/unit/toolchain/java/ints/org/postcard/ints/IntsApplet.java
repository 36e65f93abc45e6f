package org.postcard.ints;

import javacard.framework.APDU;
import javacard.framework.Applet;

/** What needs int instructions. */
public class IntsApplet extends Applet {
    private int total;
    private static int counter = 100000;
    private static final int[] TABLE = {1, -2, 70000};
    private short s;

    public static void install(byte[] parameters, short offset, byte length) {
        new IntsApplet().register();
    }

    static int sum(short n) {
        int r = 0;
        for (int i = 0; i < n; i++) {
            r += i * i;
        }
        return r;
    }

    static short average(short a, short b) {
        return (short) ((a + b) >> 1);
    }

    static boolean overflow(short a, short b) {
        return a + b > 32767 || a * b < -32768 || a + b == 0;
    }

    int mixed(short a, int b, byte[] data) {
        int c = a;
        long_way:
        for (;;) {
            c += b / 3 + (b % 7) - (b >> 2) + (b >>> 3) + (b << 4);
            c ^= 0x12345678;
            c |= a;
            c &= ~b;
            if (c != 0) {
                break long_way;
            }
        }
        total = c;
        total++;
        total += a;
        counter -= total;
        TABLE[1] = c;
        TABLE[(short) (a & 1)] += 5;
        data[(short) c] = (byte) c;
        s = (short) (c - b);
        short t = s++;
        int[] local = new int[3];
        local[0] = t;
        local[1] = local[0] = c + 1;
        switch (b) {
            case 100000:
                return 1;
            case -5:
                return 2;
            default:
        }
        switch (c) {
            case 40000:
                return 3;
            case 40001:
                return 4;
            case 40002:
                return 5;
            default:
        }
        return helper(c, a, -c) + (int) s + local.length;
    }

    private int helper(int a, short b, int c) {
        return a < b ? c : b;
    }

    static int pick(boolean which, short a, int b) {
        return which ? a : b;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        int r = mixed(buffer[2], sum((short) 5), buffer) + pick(buffer[3] > 0, s, total);
        buffer[0] = (byte) (r >> 24);
        buffer[1] = (byte) (r >>> 16);
        buffer[2] = (byte) (average((short) 1, s));
        Object o = TABLE;
        buffer[3] = (byte) (o instanceof int[] ? ((int[]) o)[0] : 0);
        apdu.setOutgoingAndSend((short) 0, (short) 4);
    }
}
