package org.postcard.corpus.classes;

/* Static values of all kinds, and those that are set from the start. */
class Counter {
    static short plain;
    static short set = 1234;
    static byte small = -5;
    static boolean yes = true;
    static final short FIXED = 4321;
    static byte[] bytes = {1, -1, 127};
    static short[] shorts = {1000, -1000};
    static boolean[] flags = {true, false, true};
    static Object nothing;
    static final byte[] EMPTY = {};
    static short[] blank = new short[3];

    private Counter() {
    }

    static short next() {
        return plain++;
    }
}
