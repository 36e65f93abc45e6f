package org.postcard.library;

public class Summing extends Store implements Sized {
    private short sum;

    public Summing() {
        super((short) 16);
    }

    public Summing(short size) {
        super(size);
    }

    protected short check() {
        sum = 0;
        for (short i = 0; i < used; i++) {
            sum += data[i];
        }
        return sum;
    }

    short hidden() {
        return (short) (super.hidden() + 1);
    }

    public short size() {
        return used;
    }
}
