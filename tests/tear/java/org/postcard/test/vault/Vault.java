package org.postcard.test.vault;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.AppletEvent;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.SystemException;
import javacard.framework.TransactionException;
import javacard.framework.Util;
import javacard.security.MessageDigest;
import javacard.security.RandomData;
import javacardx.framework.util.intx.JCint;
import org.globalplatform.Application;

/**
 * Changes persistent memory in every way that an applet can, one way an
 * instruction, and tells all of it with instruction 00.
 */
public final class Vault extends Applet implements AppletEvent, Application {
    static final short AREA = 40;
    static final short WIDE = 250;
    static final short LOOSE = 16;
    static final short KEY = 16;
    static final short DIGEST = 20;
    static final short BLOCKS = 64;
    static final short BLOCK = 2500;

    private static short uninstalls;
    private static short shared;

    private byte small;
    private short middle;
    private int large;
    private byte[] bytes = new byte[8];
    private int[] ints = new int[2];
    private byte[] area = new byte[AREA];
    private byte[] words = new byte[8];
    private byte[] wide = new byte[WIDE];
    private byte[] loose = new byte[LOOSE];
    private byte[] personal = new byte[4];
    private byte[] key = new byte[KEY];
    private byte[] proof = new byte[DIGEST];
    private boolean hasKey;
    private OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 8);
    private Node head;
    private Object garbage;
    private short selects;
    private short deselects;
    private byte[] scratch;
    private Object[] blocks;
    private MessageDigest sha;
    private RandomData random;

    private Vault() {
        scratch = JCSystem.makeTransientByteArray((short) 256,
                JCSystem.CLEAR_ON_RESET);
        sha = MessageDigest.getInstance(MessageDigest.ALG_SHA, false);
        random = RandomData.getInstance(RandomData.ALG_SECURE_RANDOM);
        Util.arrayFillNonAtomic(scratch, (short) 0, (short) 4, (byte) 0x31);
        pin.update(scratch, (short) 0, (byte) 4);
        if (!isZero(bytes) || !isZero(area) || !isZero(loose) ||
                !isZero(proof))
            ISOException.throwIt((short) 0x6F01);
    }

    public static void install(byte[] array, short offset, byte length) {
        Vault made = new Vault();
        short at = (short) (offset + 1 + array[offset]);

        at += (short) (array[at] + 1);
        if (array[at] != 0)
            made.fail(array[(short) (at + 1)]);
        made.register(array, (short) (offset + 1), array[offset]);
    }

    /** What an install() that ends badly has done before. */
    private void fail(byte how) {
        shared = how;
        JCSystem.beginTransaction();
        uninstalls = how;
        single(how);
        JCSystem.commitTransaction();
        generate();
        if (how == 2)
            fill();
        JCSystem.beginTransaction();
        shared = 0x7777;
        ISOException.throwIt((short) 0x6A99);
    }

    /** Takes blocks until there is no room for another. */
    private void fill() {
        blocks = new Object[BLOCKS];
        for (short i = 0; i < BLOCKS; i++)
            blocks[i] = new byte[BLOCK];
    }

    /**
     * 0: fills the memory and gives each second block back; 1: wants more than
     * a hole, which makes objects move when the command has ended, unless they
     * have moved already; 2: there is room now, and gives back all.
     */
    private void crowd(byte what) {
        boolean full = false;

        try {
            if (what == 0)
                fill();
            else
                garbage = new byte[(short) (2 * BLOCK + 1000)];
        } catch (SystemException e) {
            full = e.getReason() == SystemException.NO_RESOURCE;
        }
        if (what != 1 && full != (what == 0))
            ISOException.throwIt((short) 0x6F04);
        garbage = null;
        if (what == 2)
            blocks = null;
        for (short i = 0; what == 0 && i < BLOCKS; i += 2)
            blocks[i] = null;
        if (what != 1)
            JCSystem.requestObjectDeletion();
    }

    public boolean select() {
        selects++;
        return true;
    }

    public void deselect() {
        deselects++;
    }

    public void uninstall() {
        uninstalls++;
    }

    public void processData(byte[] data, short offset, short length) {
        Util.arrayCopy(data, (short) (offset + length - 4), personal,
                (short) 0, (short) 4);
    }

    private static boolean isZero(byte[] array) {
        for (short i = 0; i < (short) array.length; i++) {
            if (array[i] != 0)
                return false;
        }
        return true;
    }

    private static short uniform(byte[] array) {
        for (short i = 1; i < (short) array.length; i++) {
            if (array[i] != array[0])
                return (short) 0;
        }
        return (short) 1;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        byte value = buffer[ISO7816.OFFSET_P1];
        byte end = buffer[ISO7816.OFFSET_P2];

        if (selectingApplet())
            return;
        short n = 0;
        if (buffer[ISO7816.OFFSET_LC] != 0)
            n = apdu.setIncomingAndReceive();
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x00:
            tell(apdu);
            break;
        case 0x10:
            single(value);
            break;
        case 0x11:
            copy(value, end);
            break;
        case 0x20:
            transaction(value, end);
            break;
        case 0x21:
            overflow(value, end);
            break;
        case 0x30:
            check(buffer, n);
            break;
        case 0x31:
            checkInside(buffer, n, value, end);
            break;
        case 0x32:
            change(buffer, n, end);
            break;
        case 0x33:
            pin.resetAndUnblock();
            break;
        case 0x40:
            generate();
            break;
        case 0x50:
            head = new Node(head, value);
            break;
        case 0x51:
            head = null;
            JCSystem.requestObjectDeletion();
            break;
        case 0x52:
            litter();
            break;
        case 0x53:
            fresh(end);
            break;
        case 0x54:
            crowd(value);
            break;
        case 0x60:
            Util.arrayFillNonAtomic(loose, (short) 0, LOOSE, value);
            break;
        case 0x61:
            mixed(value, end);
            break;
        case 0x70:
            JCSystem.beginTransaction();
            small = value;
            middle = deeper(value);
            JCSystem.commitTransaction();
            break;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /** What is kept, in a fixed layout; card_tear.c names its parts. */
    private void tell(APDU apdu) {
        byte[] b = apdu.getBuffer();
        short at = 0;
        byte count = 0;

        for (Node node = head; node != null; node = node.next)
            count++;
        b[at++] = small;
        at = Util.setShort(b, at, middle);
        at = Util.setShort(b, at, shared);
        b[at++] = bytes[5];
        at = JCint.setInt(b, at, large);
        at = JCint.setInt(b, at, ints[1]);
        b[at++] = area[0];
        b[at++] = (byte) uniform(area);
        at = Util.arrayCopyNonAtomic(words, (short) 0, b, at, (short) 6);
        b[at++] = pin.getTriesRemaining();
        b[at++] = keyState();
        b[at++] = count;
        b[at++] = (byte) selects;
        b[at++] = (byte) deselects;
        b[at++] = (byte) uninstalls;
        at = Util.arrayCopyNonAtomic(personal, (short) 0, b, at, (short) 4);
        at = Util.arrayCopyNonAtomic(loose, (short) 0, b, at, LOOSE);
        apdu.setOutgoingAndSend((short) 0, at);
    }

    /** 0: none, 1: whole, 2: something between. */
    private byte keyState() {
        if (!hasKey)
            return (byte) (isZero(key) && isZero(proof) ? 0 : 2);
        sha.doFinal(key, (short) 0, KEY, scratch, (short) 0);
        return (byte) (Util.arrayCompare(scratch, (short) 0, proof, (short) 0,
                DIGEST) == 0 ? 1 : 2);
    }

    private static int four(byte value) {
        int v = value & 0xFF;

        return v << 24 | v << 16 | v << 8 | v;
    }

    /** Six updates, each atomic by itself. */
    private void single(byte value) {
        small = value;
        middle = Util.makeShort(value, value);
        shared = Util.makeShort(value, value);
        bytes[5] = value;
        large = four(value);
        ints[1] = four(value);
    }

    /** One update of many bytes. */
    private void copy(byte value, byte how) {
        Util.arrayFillNonAtomic(scratch, (short) 0, AREA, value);
        switch (how) {
        case 0:
            Util.arrayCopy(scratch, (short) 0, area, (short) 0, AREA);
            break;
        case 1:
            Util.arrayFill(area, (short) 0, AREA, value);
            break;
        case 2:
            Util.setShort(words, (short) 0, Util.makeShort(value, value));
            break;
        default:
            JCint.setInt(words, (short) 2, four(value));
        }
    }

    private void everything(byte value) {
        single(value);
        for (short i = 0; i < AREA; i++)
            area[i] = value;
        words[0] = value;
        head = new Node(head, value);
    }

    private void transaction(byte value, byte end) {
        JCSystem.beginTransaction();
        everything(value);
        if (end == 0)
            JCSystem.commitTransaction();
        else if (end == 1)
            JCSystem.abortTransaction();
        else if (end == 2)
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        /* else: left open, which is an error */
    }

    private static short deeper(short level) {
        return (short) (deeper((short) (level + 1)) + 1);
    }

    /** Fills the commit buffer to its last byte. */
    private void overflow(byte value, byte end) {
        short reason = 0;

        Util.arrayFillNonAtomic(scratch, (short) 0, WIDE, value);
        JCSystem.beginTransaction();
        small = value;
        try {
            for (short i = 0; i < 10000; i++)
                Util.arrayCopy(scratch, (short) 0, wide, (short) 0, WIDE);
        } catch (TransactionException e) {
            reason = e.getReason();
        }
        try {
            for (short i = 0; i < 10000; i++)
                bytes[5] = value;
        } catch (TransactionException e) {
            reason = (short) (reason << 8 | e.getReason());
        }
        if (end == 0)
            JCSystem.commitTransaction();
        else
            JCSystem.abortTransaction();
        if (reason != (short) 0x0303)
            ISOException.throwIt((short) 0x6F02);
    }

    private void check(byte[] buffer, short n) {
        if (!pin.check(buffer, ISO7816.OFFSET_CDATA, (byte) n))
            ISOException.throwIt((short) (0x63C0 | pin.getTriesRemaining()));
    }

    private void checkInside(byte[] buffer, short n, byte value, byte end) {
        boolean right;

        JCSystem.beginTransaction();
        small = value;
        right = pin.check(buffer, ISO7816.OFFSET_CDATA, (byte) n);
        middle = Util.makeShort(value, value);
        if (end == 0)
            JCSystem.commitTransaction();
        else
            JCSystem.abortTransaction();
        if (!right)
            ISOException.throwIt((short) (0x63C0 | pin.getTriesRemaining()));
    }

    private void change(byte[] buffer, short n, byte end) {
        if (end == 0) {
            pin.update(buffer, ISO7816.OFFSET_CDATA, (byte) n);
            return;
        }
        JCSystem.beginTransaction();
        pin.update(buffer, ISO7816.OFFSET_CDATA, (byte) n);
        small++;
        if (end == 1)
            JCSystem.commitTransaction();
        else
            JCSystem.abortTransaction();
    }

    private void generate() {
        random.generateData(scratch, (short) 0, KEY);
        sha.doFinal(scratch, (short) 0, KEY, scratch, KEY);
        JCSystem.beginTransaction();
        Util.arrayCopy(scratch, (short) 0, key, (short) 0, KEY);
        Util.arrayCopy(scratch, KEY, proof, (short) 0, DIGEST);
        hasKey = true;
        JCSystem.commitTransaction();
    }

    /** A cycle, an array and a transient array, all garbage at once. */
    private void litter() {
        Node first;

        JCSystem.beginTransaction();
        first = new Node(null, (byte) 1);
        first.next = new Node(first, (byte) 2);
        garbage = new Object[] {first, new byte[40],
                JCSystem.makeTransientByteArray((short) 10,
                        JCSystem.CLEAR_ON_RESET)};
        JCSystem.commitTransaction();
        garbage = null;
        JCSystem.requestObjectDeletion();
    }

    /** New memory is zero, whatever was there before. */
    private void fresh(byte end) {
        boolean zero;

        JCSystem.beginTransaction();
        byte[] array = new byte[(short) 200];
        zero = isZero(array);
        Util.arrayFill(array, (short) 0, (short) 200, (byte) 0x5A);
        garbage = array;
        if (end == 0) {
            garbage = null;
            JCSystem.commitTransaction();
            JCSystem.requestObjectDeletion();
        } else {
            JCSystem.abortTransaction();
        }
        if (!zero || garbage != null)
            ISOException.throwIt((short) 0x6F03);
    }

    /** Logged and unlogged writes to the same bytes, in one transaction. */
    private void mixed(byte value, byte end) {
        JCSystem.beginTransaction();
        small = value;
        loose[3] = value;
        Util.arrayFillNonAtomic(loose, (short) 0, LOOSE, (byte) (value + 1));
        loose[4] = value;
        middle = Util.makeShort(value, value);
        if (end == 0)
            JCSystem.commitTransaction();
        else
            JCSystem.abortTransaction();
    }
}
