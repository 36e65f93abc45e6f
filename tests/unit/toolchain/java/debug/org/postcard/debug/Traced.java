package org.postcard.debug;

public abstract class Traced implements Rules {
    static final byte STEP = -2;
    static short total = 7;
    static byte[] none;
    private Object kept;
    protected byte seen;

    abstract void end();

    static short sum(byte[] from, short n) {
        short all = 0;
        for (short i = 0; i < n; i++)
            all += from[i];
        return all;
    }

    private int wide(short unused, int a, short b) {
        int product = a * b;
        {
            byte first = seen;
            product += first;
        }
        {
            Object second = kept;
            if (second == null)
                return 0;
        }
        return product;
    }

    short small(short x) {
        int half = x / 4;
        return (short) half;
    }
}
