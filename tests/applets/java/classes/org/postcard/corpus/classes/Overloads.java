package org.postcard.corpus.classes;

/* One name, many methods. */
class Overloads {
    short of(byte v) {
        return 1;
    }

    short of(short v) {
        return 2;
    }

    short of(boolean v) {
        return 3;
    }

    short of(Object v) {
        return 4;
    }

    short of(Figure v) {
        return 5;
    }

    short of(Square v) {
        return 6;
    }

    short of(byte[] v) {
        return 7;
    }

    short of(short[] v) {
        return 8;
    }

    short of(Object[] v) {
        return 9;
    }

    short of(byte a, short b) {
        return 10;
    }

    short of(short a, byte b) {
        return 11;
    }

    static short of(short a, short b, short c) {
        return 12;
    }

    short sum(short... all) {
        short r = 0;
        for (short v : all)
            r += v;
        return r;
    }
}
