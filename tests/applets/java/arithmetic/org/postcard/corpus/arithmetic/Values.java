package org.postcard.corpus.arithmetic;

/* Values at and around the ends of what the types hold. */
final class Values {
    static final short[] SHORTS = {0, 1, -1, 2, -2, 3, 7, -7, 15, 16, 17, 31,
        32, 33, 100, 127, 128, -127, -128, -129, 255, 256, -255, -256, 1000,
        16383, 16384, -16384, 32766, 32767, -32767, -32768};
    static final byte[] BYTES = {0, 1, -1, 2, -2, 3, 5, -5, 15, 16, 31, 32, 63,
        64, 100, -100, 126, 127, -127, -128};
    static final boolean[] BOOLEANS = {false, true};
    private static short h;

    private Values() {
    }

    static void open() {
        h = 1;
    }

    static void add(short v) {
        h = (short) ((short) (h * 31) + v);
    }

    static void add(boolean v) {
        h = (short) ((short) (h * 31) + (v ? 1 : 2));
    }

    static short sum() {
        return h;
    }
}
