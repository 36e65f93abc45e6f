package org.postcard.grown;

public class Base {
    public static byte added;
    public static short counted;
    public Object more;
    protected byte level;
    public Object held;

    public Base(short level) {
        this.level = (byte) level;
    }

    public Base() {
    }

    public static short none() {
        return 0;
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
        return (short) (b.first() + b.fourth());
    }

    public short fourth() {
        return 4;
    }

    public short first() {
        return 1;
    }

    protected short second() {
        return 2;
    }
}
