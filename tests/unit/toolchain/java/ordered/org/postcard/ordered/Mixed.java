package org.postcard.ordered;

/** Final methods and others, in no order. */
public class Mixed {
    public short plain() {
        return 1;
    }

    protected final short guarded() {
        return 2;
    }

    protected short open() {
        return 3;
    }

    public final short closed() {
        return 4;
    }
}
