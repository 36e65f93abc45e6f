package org.postcard.test.server;

import javacard.framework.JCSystem;
import org.postcard.test.library.Own;
import org.postcard.test.library.Plain;

/** One object that the server shares for each client. */
public class Guarded implements Guard {
    static boolean met;

    private Own own = new Own((short) 77);
    private byte[] bytes = {1, 2, 3, 4};
    private short[] shorts = {5, 6};
    private Object[] objects = {own, null};
    private Object kept;
    private byte[] untilDeselect = JCSystem.makeTransientByteArray((short) 2,
            JCSystem.CLEAR_ON_DESELECT);

    public Own own() {
        return own;
    }

    public Plain plain() {
        return own;
    }

    public byte[] bytes() {
        return bytes;
    }

    public short[] shorts() {
        return shorts;
    }

    public Object[] objects() {
        return objects;
    }

    public byte[] make() {
        byte[] made = {1, 2, 3};

        return made;
    }

    public boolean isSame(byte[] one, byte[] other) {
        Object o = one;

        return o instanceof byte[] && !(o instanceof short[])
                && one.length == 2 && o.equals(other);
    }

    public byte[] bytesOf(Object array) {
        return (byte[]) array;
    }

    public short sum(byte[] array) {
        short sum = 0;

        for (short i = 0; i < array.length; i++)
            sum += array[i];
        return sum;
    }

    public void put(byte[] array, short i, byte value) {
        array[i] = value;
    }

    public short first(short[] array) {
        return array[0];
    }

    public void keep(Object object) {
        kept = object;
    }

    public boolean keepsNothing() {
        return kept == null;
    }

    public void useDeselected(byte how) {
        byte[] b = untilDeselect;
        Object o = b;

        switch (how) {
        case 1: o.equals(o); return;
        case 2: if (o instanceof byte[]) return;
        case 3: b = (byte[]) o; return;
        case 4: met = b.length == 2; return;
        case 5: met = b[0] == 2; return;
        case 6: b[0] = 2; return;
        default:
            JCSystem.makeByteArrayView(b, (short) 0, (short) 1,
                    JCSystem.ATTR_READABLE_VIEW, null);
        }
    }

    public boolean chain(Answer client, byte[] buffer, short offset,
            byte length) {
        return client.calledBy(buffer, offset, length)
                && JCSystem.getPreviousContextAID() != null;
    }

    public boolean metByRuntime() {
        return met;
    }

    public void abort() {
        JCSystem.abortTransaction();
    }
}
