package org.postcard.test.library;

/** An exception class with fields, whose objects applets make. */
public class Own extends RuntimeException implements Plain {
    public short value;
    public Object reference;

    public Own(short value) {
        this.value = value;
    }

    public short plain() {
        return value;
    }
}
