package org.postcard.corpus.start;

/** Needed by another class's start values, and needs a third's. */
class Other {
    static byte x = (byte) (Second.y + 1);
    static byte[] z = new byte[2];

    static {
        z[0] = x;
    }
}
