package org.postcard.shapes;

/** Abstract, implements an interface without declaring all of its methods. */
abstract class Base implements Movable {
    protected short x;
    protected short y;
    byte[] label;
    private boolean hidden;
    public Object tag;
    static short made;
    static Base last;

    Base(short x, short y) {
        this.x = x;
        this.y = y;
        made++;
        last = this;
    }

    public void move(short dx, short dy) {
        x += dx;
        y += dy;
    }

    short distance(Base other) {
        return (short) (magnitude((short) (x - other.x)) + magnitude((short) (y - other.y)));
    }

    private static short magnitude(short v) {
        return v < 0 ? (short) -v : v;
    }

    private boolean isHidden() {
        return hidden;
    }

    boolean visible() {
        return !isHidden();
    }

    void hide(boolean value) {
        hidden = value;
    }

    protected abstract byte corners();

    public byte nameLength() {
        return label == null ? 0 : (byte) label.length;
    }

    short twice() {
        return (short) (area() * 2);
    }
}
