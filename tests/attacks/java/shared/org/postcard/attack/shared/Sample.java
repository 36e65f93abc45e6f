package org.postcard.attack.shared;

/** An object with a field of every kind. */
public class Sample implements Plain {
    /** What a static field lets slip out. */
    public static Object slipped;

    public byte b = (byte) 0x5E;
    public short s = (short) 0x5EC2;
    public int i = 0x5EC2E7D4;
    public Object o = this;

    public short value() {
        return s;
    }
}
