package org.postcard.grown;

public class Heir extends Base {
    public short fifth() {
        return fourth();
    }

    public short third() {
        return 3;
    }

    public short first() {
        return 11;
    }
}
