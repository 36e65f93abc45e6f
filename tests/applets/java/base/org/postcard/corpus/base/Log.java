package org.postcard.corpus.base;

import javacard.framework.APDU;
import javacard.framework.CardException;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISO7816;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/*
 * Reads the arguments of a case from its command and collects what it found:
 * each value and each exception as a few bytes, the same on a card and on a
 * JVM.
 */
public final class Log {
    private static final short SIZE = 256;
    private static final byte ARGUMENT = 4;

    private final byte[] in;
    private short at;
    private final byte[] out;
    private short n;

    public Log() {
        in = JCSystem.makeTransientByteArray(SIZE,
            JCSystem.CLEAR_ON_DESELECT);
        out = JCSystem.makeTransientByteArray(SIZE,
            JCSystem.CLEAR_ON_DESELECT);
    }

    /* Copied, as an APDU buffer cannot be kept. */
    void open(byte[] command, short length) {
        Util.arrayCopyNonAtomic(command, ISO7816.OFFSET_CDATA, in, (short) 0,
            length);
        at = 0;
        n = 0;
    }

    void send(APDU apdu) {
        apdu.setOutgoing();
        apdu.setOutgoingLength(n);
        apdu.sendBytesLong(out, (short) 0, n);
    }

    /* An argument has four bytes, whatever it is read as. */
    public int i() {
        short high = pair(at);
        short low = pair((short) (at + 2));
        at += ARGUMENT;
        return (high << 16) | (low & 0xFFFF);
    }

    public short s() {
        at += ARGUMENT;
        return pair((short) (at - 2));
    }

    public byte b() {
        at += ARGUMENT;
        return in[(short) (at - 1)];
    }

    public boolean z() {
        return (b() & 1) != 0;
    }

    private short pair(short offset) {
        return (short) ((in[offset] << 8)
            | (in[(short) (offset + 1)] & 0xFF));
    }

    private void u1(short value) {
        out[n++] = (byte) value;
    }

    public void put(boolean value) {
        u1(value ? (short) 1 : (short) 0);
    }

    public void put(byte value) {
        u1((short) 2);
        u1(value);
    }

    public void put(short value) {
        u1((short) 3);
        u1((short) (value >> 8));
        u1(value);
    }

    public void put(int value) {
        u1((short) 4);
        u1((short) (value >> 24));
        u1((short) (value >> 16));
        u1((short) (value >> 8));
        u1((short) value);
    }

    /* One that names a step of a case. */
    public void mark(short step) {
        u1((short) (0x40 + step));
    }

    public void threw(Throwable t) {
        if (t instanceof CardException) {
            u1((short) 0x80);
            put(((CardException) t).getReason());
        } else if (t instanceof CardRuntimeException) {
            u1((short) 0x81);
            put(((CardRuntimeException) t).getReason());
        } else {
            u1(kind(t));
        }
    }

    private static short kind(Throwable t) {
        if (t instanceof ArithmeticException)
            return 0x90;
        if (t instanceof ArrayIndexOutOfBoundsException)
            return 0x91;
        if (t instanceof IndexOutOfBoundsException)
            return 0x92;
        if (t instanceof NegativeArraySizeException)
            return 0x93;
        if (t instanceof NullPointerException)
            return 0x94;
        if (t instanceof ClassCastException)
            return 0x95;
        if (t instanceof ArrayStoreException)
            return 0x96;
        if (t instanceof SecurityException)
            return 0x97;
        if (t instanceof RuntimeException)
            return 0x98;
        return t instanceof Exception ? (short) 0x99 : (short) 0x9A;
    }
}
