package org.postcard.library;

import javacard.framework.UserException;

/** A library class: what others inherit, override and call. */
public abstract class Store {
    public static final short LIMIT = 300;
    public static byte shared;
    protected static short count;
    protected byte[] data;
    public short used;
    short inside;
    private Object secret;

    protected Store(short size) {
        data = new byte[size];
        count++;
    }

    public static short total() {
        return count;
    }

    public short put(byte value) throws UserException {
        if (used == data.length) {
            UserException.throwIt(LIMIT);
        }
        data[used++] = value;
        return check();
    }

    protected abstract short check();

    short hidden() {
        return inside;
    }

    final Object secret() {
        return secret;
    }
}
