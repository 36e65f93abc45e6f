package org.postcard.grown;

public class Base {
    public static short counted;
    protected byte level;
    public Object held;

    public Base() {
    }

    public static short one() {
        return 1;
    }

    public static short asked(Base b) {
        return b.secret();
    }

    short secret() {
        return 5;
    }

    public static short ask(Base b) {
        return b.first();
    }

    public short first() {
        return 1;
    }

    protected short second() {
        return 2;
    }
}
