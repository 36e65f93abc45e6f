package org.postcard.shapes;

import javacard.framework.Util;

class Square extends Base {
    static final byte[] NAME = {'s', 'q', 'u', 'a', 'r', 'e'};
    static final short[] TABLE = {1, 4, 9, 16, -25};
    static final boolean[] FLAGS = {true, false, true};
    static byte[] scratch;
    static short counter = 7;
    static byte small = -3;
    static boolean ready = true;
    short side;

    Square(short x, short y, short side) {
        super(x, y);
        this.side = side;
        this.label = NAME;
    }

    public short area() {
        return (short) (side * side);
    }

    public boolean contains(short px, short py) {
        return px >= x && py >= y && px < (short) (x + side) && py < (short) (y + side);
    }

    protected byte corners() {
        return 4;
    }

    public short name(byte[] to, short offset) {
        return Util.arrayCopyNonAtomic(NAME, (short) 0, to, offset, (short) NAME.length);
    }

    public void move(short dx, short dy) {
        super.move(dx, dy);
        counter += 1;
    }

    short distance(Base other) {
        return (short) (super.distance(other) + TABLE[(byte) (counter & 3)]);
    }

    public boolean equals(Object other) {
        return other instanceof Square && ((Square) other).side == side;
    }
}
