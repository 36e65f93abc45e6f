package org.postcard.corpus.library;

/* A class to extend: public, protected, package-private and private parts. */
public abstract class Tank implements WideMeter {
    public static final short LIMIT = 500;
    public static short made;
    public static byte[] marks;
    public static int wide = 1000000;
    protected static boolean open = true;

    public short level = 10;
    protected byte step = 2;
    short hidden = 40;
    private short inner = 1;
    protected int sum = -5;

    protected Tank(short level) {
        this.level += level;
        made++;
        fill();
    }

    public abstract void fill();

    protected short leak(short by) {
        level -= by;
        return level;
    }

    short secret() {
        return (short) (hidden + inner);
    }

    public short told() {
        return secret();
    }

    public short read(short from) {
        return (short) (level - from);
    }

    public boolean isFull() {
        return level > LIMIT;
    }

    public int total(int from, byte by) {
        return from * by + level + wide;
    }

    public static short count(Tank[] all) {
        short n = 0;
        for (Tank t : all)
            if (t != null && t.isFull())
                n++;
        return n;
    }

    public final short twice() {
        return (short) (read((short) 0) * 2);
    }
}
