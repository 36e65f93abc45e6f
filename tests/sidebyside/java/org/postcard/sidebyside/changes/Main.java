package org.postcard.sidebyside.changes;

import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.TransactionException;
import javacard.framework.UserException;
import javacard.framework.Util;
import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

/*
 * Transactions: what an abort takes back, who ends one that is left open, and
 * what PINs and exceptions do in between.  The log is persistent memory, too:
 * inside a transaction nothing is put there.
 */
public class Main extends CaseApplet {
    private static final short MANY = 600;
    private static short counter;
    private static byte[] table = {1, 2, 3};
    private byte b;
    private short s;
    private boolean z;
    private Object o;
    private final byte[] bytes = new byte[8];
    private final short[] shorts = new short[3];
    private final boolean[] flags = new boolean[2];
    private final Object[] objects = new Object[2];
    private final byte[] lost = JCSystem.makeTransientByteArray((short) 8,
        JCSystem.CLEAR_ON_RESET);
    private final Object[] lostObjects = JCSystem.makeTransientObjectArray(
        (short) 1, JCSystem.CLEAR_ON_RESET);
    private final OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 4);
    private final byte[] code = {1, 2, 3, 4, 5};
    private final byte[] big = new byte[MANY];

    public static void install(byte[] a, short at, byte n) {
        new Main();
    }

    private void prepare() {
        b = 1;
        s = 0x1234;
        z = true;
        o = this;
        counter = 7;
        table[1] = 2;
        Util.arrayFillNonAtomic(bytes, (short) 0, (short) 8, (byte) 0x11);
        Util.arrayFillNonAtomic(lost, (short) 0, (short) 8, (byte) 0x22);
        shorts[1] = 0x5566;
        flags[0] = true;
        objects[0] = this;
        lostObjects[0] = null;
    }

    private void change() {
        b = 2;
        s = (short) 0x9876;
        z = false;
        o = null;
        counter++;
        table[1] = 9;
        bytes[0] = 0x44;
        Util.arrayCopy(code, (short) 0, bytes, (short) 1, (short) 3);
        Util.setShort(bytes, (short) 4, (short) 0x5152);
        lost[0] = 0x33;
        Util.arrayCopy(code, (short) 0, lost, (short) 1, (short) 3);
        shorts[1]++;
        flags[0] = false;
        objects[0] = null;
        lostObjects[0] = this;
    }

    private void show(Log log) {
        log.put(b);
        log.put(s);
        log.put(z);
        log.put(o == this);
        log.put(counter);
        log.put(table[1]);
        for (short i = 0; i < 6; i++)
            log.put(bytes[i]);
        for (short i = 0; i < 4; i++)
            log.put(lost[i]);
        log.put(shorts[1]);
        log.put(flags[0]);
        log.put(objects[0] == this);
        log.put(lostObjects[0] == this);
        log.put(JCSystem.getTransactionDepth());
    }

    private void aborted(Log log) {
        prepare();
        JCSystem.beginTransaction();
        change();
        JCSystem.abortTransaction();
        show(log);
    }

    private void committed(Log log) {
        prepare();
        JCSystem.beginTransaction();
        change();
        JCSystem.commitTransaction();
        show(log);
    }

    private void seenInside(Log log) {
        prepare();
        JCSystem.beginTransaction();
        change();
        short now = s;
        byte element = bytes[2];
        short member = counter;
        JCSystem.abortTransaction();
        log.put(now);
        log.put(element);
        log.put(member);
    }

    /* How each of these ends a command is for the card. */
    private void leave(short how) throws UserException {
        prepare();
        JCSystem.beginTransaction();
        change();
        switch (how) {
        case 0:
            return;
        case 1:
            ISOException.throwIt((short) 0x6A84);
            return;
        case 2:
            bytes[8] = 0;
            return;
        case 3:
            throw new UserException((short) 5);
        case 4:
            ISOException.throwIt((short) 0x9000);
            return;
        default:
            TransactionException.throwIt((short) 3);
        }
    }

    private void pins(Log log, boolean commit) {
        pin.update(code, (short) 0, (byte) 4);
        JCSystem.beginTransaction();
        boolean wrong = pin.check(code, (short) 1, (byte) 4);
        byte tries = pin.getTriesRemaining();
        end(commit);
        log.put(wrong);
        log.put(tries);
        log.put(pin.getTriesRemaining());
        JCSystem.beginTransaction();
        boolean right = pin.check(code, (short) 0, (byte) 4);
        end(commit);
        log.put(right);
        log.put(pin.isValidated());
        log.put(pin.getTriesRemaining());
        JCSystem.beginTransaction();
        pin.reset();
        end(commit);
        log.put(pin.isValidated());
        log.put(pin.getTriesRemaining());
    }

    private void end(boolean commit) {
        if (commit)
            JCSystem.commitTransaction();
        else
            JCSystem.abortTransaction();
    }

    private void pinUpdates(Log log, boolean commit) {
        pin.update(code, (short) 0, (byte) 4);
        log.put(pin.check(code, (short) 1, (byte) 4));
        JCSystem.beginTransaction();
        pin.update(code, (short) 1, (byte) 4);
        end(commit);
        log.put(pin.getTriesRemaining());
        log.put(pin.check(code, (short) 0, (byte) 4));
        log.put(pin.getTriesRemaining());
        log.put(pin.check(code, (short) 1, (byte) 4));
        log.put(pin.isValidated());
    }

    private void unblocks(Log log) {
        pin.update(code, (short) 0, (byte) 4);
        log.put(pin.check(code, (short) 1, (byte) 4));
        JCSystem.beginTransaction();
        pin.resetAndUnblock();
        JCSystem.abortTransaction();
        log.put(pin.getTriesRemaining());
    }

    private void overflows(Log log) {
        for (short i = 0; i < MANY; i++)
            big[i] = 1;
        short reason = 0;
        short rounds = 0;
        JCSystem.beginTransaction();
        try {
            for (; rounds < 200; rounds++)
                Util.arrayCopy(big, (short) 0, big, (short) 300, (short) 250);
        } catch (TransactionException e) {
            reason = e.getReason();
        }
        byte depth = JCSystem.getTransactionDepth();
        JCSystem.abortTransaction();
        log.put(reason);
        log.put(depth);
        log.put(big[300]);
        log.put(JCSystem.getTransactionDepth());
    }

    private void nonAtomic(Log log) {
        prepare();
        JCSystem.beginTransaction();
        Util.arrayFillNonAtomic(bytes, (short) 0, (short) 2, (byte) 0x66);
        JCSystem.abortTransaction();
        log.put(bytes[0]);
        JCSystem.beginTransaction();
        bytes[3] = 0x55;
        JCSystem.abortTransaction();
        log.put(bytes[3]);
    }

    private void exceptions(Log log) {
        UserException e = new UserException((short) 1);
        JCSystem.beginTransaction();
        e.setReason((short) 2);
        JCSystem.abortTransaction();
        log.put(e.getReason());
    }

    private void catches(Log log) {
        prepare();
        byte depth = 0;
        try {
            JCSystem.beginTransaction();
            s = 1;
            bytes[8] = 0;
        } catch (ArrayIndexOutOfBoundsException e) {
            depth = JCSystem.getTransactionDepth();
            JCSystem.commitTransaction();
        }
        log.put(depth);
        log.put(s);
    }

    /* An object that the aborted transaction made. */
    private void births(Log log) {
        prepare();
        JCSystem.beginTransaction();
        Object made = new byte[4];
        objects[1] = made;
        JCSystem.abortTransaction();
        log.put(objects[1] == null);
        log.put(made == null);
    }

    protected boolean run(short number, Log log) throws Exception {
        if (number >= 0x20 && number < 0x26) {
            leave((short) (number - 0x20));
            return true;
        }
        switch (number) {
        case 0:
            aborted(log);
            return true;
        case 1:
            committed(log);
            return true;
        case 2:
            seenInside(log);
            return true;
        case 3:
            show(log);
            return true;
        case 4:
            pins(log, true);
            return true;
        case 5:
            pins(log, false);
            return true;
        case 6:
            pinUpdates(log, true);
            return true;
        case 7:
            pinUpdates(log, false);
            return true;
        case 8:
            unblocks(log);
            return true;
        case 9:
            overflows(log);
            return true;
        case 10:
            nonAtomic(log);
            return true;
        case 11:
            exceptions(log);
            return true;
        case 12:
            catches(log);
            return true;
        case 13:
            births(log);
            return true;
        default:
            return false;
        }
    }
}
