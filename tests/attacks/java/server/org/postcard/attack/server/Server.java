package org.postcard.attack.server;

import javacard.framework.*;
import org.postcard.attack.shared.*;

/** Holds a secret, and shares more than it should. */
public class Server extends Applet implements Vault {
    private final byte[] secret = {
        (byte) 0x5E, (byte) 0xC2, (byte) 0xE7, (byte) 0xD4,
        (byte) 0xA7, (byte) 0xA0, (byte) 0xB1, (byte) 0xC3,
        (byte) 0x6D, (byte) 0x91, (byte) 0xF2, (byte) 0x0E,
        (byte) 0x8B, (byte) 0x47, (byte) 0xC5, (byte) 0xDA
    };
    private final short[] numbers = {(short) 0x5EC2, (short) 0xE7D4};
    private final int[] words = {0x5EC2E7D4, 0xA7A0B1C3};
    private final Object[] things = {secret, numbers};
    private final Sample sample = new Sample();
    private final Trouble trouble = new Trouble();
    private final Object[] volatiles =
            JCSystem.makeTransientObjectArray((short) 1,
                    JCSystem.CLEAR_ON_RESET);
    private final byte[] copy = JCSystem.makeTransientByteArray((short) 16,
            JCSystem.CLEAR_ON_RESET);
    private final CardRuntimeException own =
            new CardRuntimeException((short) 0x5EC2);
    private byte[] forSelection;
    private Object kept;
    private short sharedWith;

    public static void install(byte[] array, short offset, byte length) {
        new Server().register(array, (short) (offset + 1), array[offset]);
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        sharedWith = lastOfPrevious();
        Sample.slipped = secret;
        return this;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet())
            return;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 1: /* whether nothing of this has been changed */
            boolean same = secret[0] == (byte) 0x5E && secret[15] == (byte) 0xDA
                    && numbers[0] == (short) 0x5EC2 && words[0] == 0x5EC2E7D4
                    && things[0] == secret && things[1] == numbers
                    && sample.b == (byte) 0x5E && sample.s == (short) 0x5EC2
                    && sample.i == 0x5EC2E7D4 && sample.o == sample;
            buffer[0] = (byte) (same ? 0 : 1);
            apdu.setOutgoingAndSend((short) 0, (short) 1);
            return;
        case 2:
            makeForSelection();
            return;
        case 3: /* forget what would keep it from being deleted */
            Sample.slipped = null;
            return;
        case 5: /* what a client left here */
            buffer[0] = (byte) (kept == null ? 0 : 1);
            kept = null;
            apdu.setOutgoingAndSend((short) 0, (short) 1);
            return;
        case 4:
            forSelection = null;
            JCSystem.requestObjectDeletion();
            return;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    public byte[] bytes() {
        return secret;
    }

    public short[] shorts() {
        return numbers;
    }

    public int[] ints() {
        return words;
    }

    public Object[] objects() {
        return things;
    }

    public Sample sample() {
        return sample;
    }

    public Plain plain() {
        return sample;
    }

    public Trouble trouble() {
        return trouble;
    }

    public short first(byte[] array) {
        return array[0];
    }

    public void make() {
        volatiles[0] = new byte[16];
    }

    public boolean isGone() {
        return volatiles[0] == null;
    }

    public void begin() {
        JCSystem.beginTransaction();
    }

    public void commit() {
        JCSystem.commitTransaction();
    }

    public void abort() {
        JCSystem.abortTransaction();
    }

    public short callBack(Callback client, boolean inTransaction) {
        if (inTransaction)
            JCSystem.beginTransaction();
        short answer = client.called();
        if (inTransaction)
            JCSystem.commitTransaction();
        return answer;
    }

    private short lastOfPrevious() {
        AID aid = JCSystem.getPreviousContextAID();

        return aid == null ? 0 : lastByte(aid);
    }

    /** The last byte but one: F0504F53D201 and F0504F53D202 have the same. */
    private short lastByte(AID aid) {
        short n = aid.getBytes(copy, (short) 0);

        return (short) (copy[(short) (n - 2)] & 0xFF);
    }

    public short caller() {
        return lastOfPrevious();
    }

    public short callerOfSharing() {
        return sharedWith;
    }

    public void makeForSelection() {
        forSelection = JCSystem.makeTransientByteArray((short) 4,
                JCSystem.CLEAR_ON_DESELECT);
    }

    public void touchForSelection() {
        forSelection[0] = 1;
    }

    public byte[] view(Shareable client) {
        return JCSystem.makeByteArrayView(secret, (short) 0, (short) 2,
                JCSystem.ATTR_READABLE_VIEW, client);
    }

    public short add(short a, short b) {
        return (short) (a + b);
    }

    public int word() {
        return words[0];
    }

    public void keep(Object theirs) {
        kept = theirs;
    }

    public boolean keeps() {
        return kept != null;
    }

    public void fail() {
        throw own;
    }

    public short hidden() {
        return Util.getShort(secret, (short) 0);
    }
}
