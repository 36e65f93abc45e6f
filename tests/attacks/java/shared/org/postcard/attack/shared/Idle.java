package org.postcard.attack.shared;

import javacard.framework.Shareable;

/** Does nothing: what it implements tells the kinds of its interfaces. */
class Idle implements Vault, Callback {
    public byte[] bytes() {
        return null;
    }

    public short[] shorts() {
        return null;
    }

    public int[] ints() {
        return null;
    }

    public Object[] objects() {
        return null;
    }

    public Sample sample() {
        return null;
    }

    public Plain plain() {
        return null;
    }

    public Trouble trouble() {
        return null;
    }

    public short first(byte[] array) {
        return array[0];
    }

    public void make() {
    }

    public boolean isGone() {
        return true;
    }

    public void begin() {
    }

    public void commit() {
    }

    public void abort() {
    }

    public short callBack(Callback client, boolean inTransaction) {
        return (short) (inTransaction ? 0 : client.called());
    }

    public short caller() {
        return 0;
    }

    public short callerOfSharing() {
        return 0;
    }

    public void makeForSelection() {
    }

    public void touchForSelection() {
    }

    public byte[] view(Shareable client) {
        return client == null ? null : bytes();
    }

    public short add(short a, short b) {
        return (short) (a + b);
    }

    public int word() {
        return 0;
    }

    public void keep(Object theirs) {
        if (theirs == this)
            make();
    }

    public boolean keeps() {
        return false;
    }

    public void fail() {
    }

    public short called() {
        return 0;
    }
}
