package org.postcard.grown;

public final class Sealed {
    public short last() {
        return 9;
    }
}
