package org.postcard.sidebyside.vault;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Shareable;
import javacard.framework.UserException;
import javacard.framework.Util;
import org.postcard.sidebyside.board.Board;
import org.postcard.sidebyside.board.Service;
import org.postcard.sidebyside.board.Thing;

/* Owns what another applet tries to get at, and serves. */
public class Main extends Applet implements Service {
    private static final short SIZE = 4;
    private final byte[] transientReset = JCSystem.makeTransientByteArray(SIZE,
        JCSystem.CLEAR_ON_RESET);
    private final byte[] transientDeselect = JCSystem.makeTransientByteArray(
        SIZE, JCSystem.CLEAR_ON_DESELECT);
    private byte[] scratch = {5, 6, 7, 8};
    private short value;
    private Object kept;

    private Main() {
        register();
        byte[] name = {(byte) 0xF0, 1, 2, 3, 4, 5};
        Board.bytes = new byte[] {1, 2, 3, 4, 5, 6, 7, 8};
        Board.shorts = new short[] {1, 2};
        Board.flags = new boolean[] {true};
        Board.objects = new Object[] {this, null};
        Board.lost = transientReset;
        Board.lostOnDeselect = transientDeselect;
        Board.thing = new Thing();
        Board.object = new Thing();
        Board.plain = new Thing();
        Board.service = this;
        Board.error = new RuntimeException();
        Board.aid = new AID(name, (short) 0, (byte) 6);
        Board.pin = new OwnerPIN((byte) 3, (byte) 4);
    }

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        if (parameter == 1)
            return null;
        if (parameter == 2)
            ISOException.throwIt((short) 0x6A88);
        return this;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet())
            return;
        Util.setShort(buffer, (short) 0, value);
        buffer[2] = Board.bytes[0];
        buffer[3] = kept == null ? (byte) 0 : (byte) 1;
        apdu.setOutgoingAndSend((short) 0, (short) 4);
    }

    public short add(short a, short b) {
        return (short) (a + b);
    }

    public short first(byte[] array) {
        return array[0];
    }

    public void write(byte[] array, short at, byte value) {
        array[at] = value;
    }

    public short caller() {
        AID previous = JCSystem.getPreviousContextAID();
        return previous == null ? (short) 0
            : previous.getBytes(scratch = new byte[16], (short) 0);
    }

    public short self() {
        byte[] name = new byte[16];
        byte n = JCSystem.getAID().getBytes(name, (short) 0);
        return name[(short) (n - 2)];
    }

    public void fail(short how) {
        switch (how) {
        case 0:
            ISOException.throwIt((short) 0x6A88);
            return;
        case 1:
            throw new ISOException((short) 0x6A89);
        case 2:
            scratch[4] = 0;
            return;
        case 3:
            throw new RuntimeException();
        default:
            throw Board.error;
        }
    }

    public void transaction(short how) {
        switch (how) {
        case 0:
            JCSystem.beginTransaction();
            value++;
            return;
        case 1:
            JCSystem.commitTransaction();
            return;
        case 2:
            JCSystem.abortTransaction();
            return;
        default:
            value += 0x10;
        }
    }

    public Object give() {
        return scratch;
    }

    public short lost(short which) {
        if (which == 0)
            return ++transientReset[0];
        if (which == 1)
            return ++transientDeselect[0];
        return (short) JCSystem.makeTransientByteArray((short) 1,
            which == 2 ? JCSystem.CLEAR_ON_RESET
                : JCSystem.CLEAR_ON_DESELECT).length;
    }

    public short back(Service client) {
        return client.add((short) 1, (short) 2);
    }

    public short channel() {
        return JCSystem.getAssignedChannel();
    }

    public short current(short what) {
        if (what == 0)
            return APDU.getCurrentAPDU() == null ? (short) 0 : (short) 1;
        return APDU.getCurrentAPDUBuffer()[ISO7816.OFFSET_INS];
    }

    public void keep(Object o) {
        kept = o;
    }
}
