package javacard.framework;

/* Bytes and shorts in arrays. */
public class Util {
    public static final short arrayCopy(byte[] from, short at, byte[] to,
                                        short offset, short length) {
        System.arraycopy(from, at, to, offset, length);
        return (short) (offset + length);
    }

    public static final short arrayCopyNonAtomic(byte[] from, short at,
                                                 byte[] to, short offset,
                                                 short length) {
        return arrayCopy(from, at, to, offset, length);
    }

    public static final short arrayFillNonAtomic(byte[] to, short offset,
                                                 short length, byte value) {
        for (int i = 0; i < length; i++)
            to[offset + i] = value;
        return (short) (offset + length);
    }

    public static final short getShort(byte[] from, short offset) {
        return makeShort(from[offset], from[offset + 1]);
    }

    public static final short setShort(byte[] to, short offset, short value) {
        to[offset] = (byte) (value >> 8);
        to[offset + 1] = (byte) value;
        return (short) (offset + 2);
    }

    public static final short makeShort(byte high, byte low) {
        return (short) ((high << 8) | (low & 0xFF));
    }
}
