package org.postcard.grown;

public final class Sealed {
    public short before() {
        return 8;
    }

    public short last() {
        return 9;
    }
}
