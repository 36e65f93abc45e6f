package org.postcard.test.server;

import javacard.framework.*;
import javacardx.apdu.ExtendedLength;
import org.globalplatform.Application;
import org.globalplatform.GPSystem;
import org.globalplatform.SecureChannel;
import javacard.security.CryptoException;
import javacard.security.MessageDigest;
import javacard.security.RandomData;
import org.postcard.test.library.Own;

/** Each instruction looks at one part of the API and says 9000 or 6Fnn. */
public class Server extends Applet
        implements MultiSelectable, ExtendedLength, AppletEvent, Application,
        Counter {
    private static short uninstalls;

    private short count;
    private short kept;
    private Object object;
    private Object[] objects = new Object[4];
    private byte[] bytes = new byte[16];
    private byte[] personal = new byte[16];
    private byte[] forSelection;
    private byte[] forPower;
    private OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 8);
    private AID ownName;
    private boolean activeAtInstall; /* once registered */
    private boolean wasSelecting;
    private Guarded guarded = new Guarded();
    private Commits commits = new Commits();
    private Births births = new Births();
    private Pins builtPins = new Pins();

    private Server(byte[] array, short offset, byte length) {
        forSelection = JCSystem.makeTransientByteArray((short) 4,
                JCSystem.CLEAR_ON_DESELECT);
        forPower = JCSystem.makeTransientByteArray((short) 4,
                JCSystem.CLEAR_ON_RESET);
        expect(JCSystem.getAID() == null, (byte) 1);
        register(array, (short) (offset + 1), array[offset]);
        ownName = JCSystem.getAID();
        activeAtInstall = JCSystem.isAppletActive(ownName);
    }

    public static void install(byte[] array, short offset, byte length) {
        new Server(array, offset, length);
    }

    static void expect(boolean truth, byte place) {
        if (!truth)
            ISOException.throwIt((short) (0x6F00 | (place & 0x7F)));
    }

    public boolean select() {
        wasSelecting = selectingApplet();
        return true;
    }

    public void deselect() {
        wasSelecting = selectingApplet();
    }

    public boolean select(boolean already) {
        return true;
    }

    public void deselect(boolean still) {
    }

    public void uninstall() {
        uninstalls++;
    }

    public void processData(byte[] data, short offset, short length) {
        Util.arrayCopy(data, offset, personal, (short) 0, length);
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        if (parameter == (byte) 9)
            ISOException.throwIt((short) 0x6F55);
        Guarded.met = JCSystem.getPreviousContextAID() == null;
        if (parameter == (byte) 2)
            return guarded;
        return client != null && parameter == (byte) 1 ? this : null;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            expect(wasSelecting, (byte) 1);
            return;
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x01: util(); return;
        case 0x02: transactions(); return;
        case 0x03: pins(); return;
        case 0x04: names(); return;
        case 0x05: exceptions(apdu); return;
        case 0x06: memory(); return;
        case 0x07: system(apdu); return;
        case 0x08: random(); return;
        case 0x09: globalPlatform(); return;
        case 0x0A: deletion(); return;
        case 0x0B: secureChannel(apdu); return;
        case 0x0C: digest(apdu); return;
        case 0x20: commits.run(); return;
        case 0x21: commits.nonAtomic(); return;
        case 0x22: births.run(); return;
        case 0x23: builtPins.run(); return;
        case 0x24: new Flag().run(); return;
        case 0x10: echo(apdu); return;
        case 0x11: sendLong(apdu); return;
        case 0x12: JCSystem.beginTransaction(); count = 99; return;
        case 0x13: buffer = null; buffer[0] = 1; return;
        case 0x14: while (true) count = (short) 98;
        case 0x15: forSelection[0] = 1; forPower[0] = 1; return;
        case 0x16: answer(apdu, Util.makeShort(forSelection[0], forPower[0]));
            return;
        case 0x17: answer(apdu, count); return;
        case 0x18: many(apdu); return;
        case 0x19: answer(apdu, Util.getShort(personal, (short) 0)); return;
        case 0x1A: throw new Own((short) 7);
        case 0x1B: sendThenFail(apdu); return;
        case 0x1C: answer(apdu, uninstalls); return;
        case 0x1D: recurse((short) 1); return;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /* ---- Util ---- */

    /* Bytes are compared as Java does, with their sign; of the API's text and
     * the reference simulator of 2.2.2 the latter says so. */
    private void util() {
        byte[] a = {1, 2, 3, 4, 5, 6, 7, 8};

        expect(Util.arrayCopy(a, (short) 0, a, (short) 1, (short) 4) == 5,
                (byte) 1);
        expect(a[1] == 1 && a[4] == 4 && a[5] == 6, (byte) 2);
        expect(Util.arrayCopyNonAtomic(a, (short) 0, bytes, (short) 0,
                (short) 8) == 8, (byte) 3);
        expect(Util.arrayCompare(a, (short) 0, bytes, (short) 0,
                (short) 8) == 0, (byte) 4);
        Util.arrayFillNonAtomic(bytes, (short) 0, (short) 8, (byte) 0x7F);
        expect(Util.arrayCompare(a, (short) 0, bytes, (short) 0,
                (short) 8) == -1, (byte) 5);
        expect(Util.setShort(bytes, (short) 2, (short) 0x89AB) == 4, (byte) 6);
        expect(Util.getShort(bytes, (short) 2) == (short) 0x89AB, (byte) 7);
        expect(Util.makeShort((byte) 0x89, (byte) 0xAB) == (short) 0x89AB,
                (byte) 8);
        byte[] negative = {(byte) 0x80};
        expect(Util.arrayCompare(negative, (short) 0, a, (short) 0, (short) 1)
                == -1, (byte) 12);
        expect(Util.arrayCompare(a, (short) 8, bytes, (short) 16, (short) 0)
                == 0, (byte) 13);
        try {
            Util.arrayCopy(a, (short) 0, bytes, (short) 9, (short) 8);
            expect(false, (byte) 9);
        } catch (ArrayIndexOutOfBoundsException e) {
            expect(bytes[9] == 0, (byte) 10);
        }
        try {
            Util.arrayCopy(null, (short) 0, bytes, (short) 0, (short) 1);
            expect(false, (byte) 11);
        } catch (NullPointerException e) {
        }
    }

    /* ---- transactions ---- */

    private void transactions() {
        byte[] born = null;

        count = 5;
        JCSystem.beginTransaction();
        expect(JCSystem.getTransactionDepth() == 1, (byte) 1);
        count = 6;
        bytes[0] = 66;
        born = new byte[4];
        object = born;
        objects[0] = born;
        expect(count == 6, (byte) 2);
        try {
            JCSystem.beginTransaction();
            expect(false, (byte) 3);
        } catch (TransactionException e) {
            expect(e.getReason() == TransactionException.IN_PROGRESS,
                    (byte) 4);
        }
        bytes[0] = 67;
        JCSystem.abortTransaction();
        expect(count == 5 && bytes[0] != 67 && bytes[0] != 66, (byte) 5);
        expect(object == null && objects[0] == null, (byte) 6);
        try {
            born[0] = 1;
            expect(false, (byte) 7);
        } catch (NullPointerException e) {
        }
        JCSystem.beginTransaction();
        count = 8;
        JCSystem.commitTransaction();
        expect(count == 8, (byte) 8);
        try {
            JCSystem.commitTransaction();
            expect(false, (byte) 9);
        } catch (TransactionException e) {
            expect(e.getReason() == TransactionException.NOT_IN_PROGRESS,
                    (byte) 10);
        }
    }

    /* ---- PIN ---- */

    private void pins() {
        byte[] right = {1, 2, 3, 4};
        byte[] wrong = {1, 2, 3, 5};
        PIN asPin = pin;

        pin.update(right, (short) 0, (byte) 4);
        expect(!pin.isValidated(), (byte) 1);
        expect(!pin.check(wrong, (short) 0, (byte) 4), (byte) 2);
        expect(pin.getTriesRemaining() == 2, (byte) 3);
        expect(asPin.check(right, (short) 0, (byte) 4), (byte) 4);
        expect(asPin.isValidated() && asPin.getTriesRemaining() == 3,
                (byte) 5);
        try {
            pin.check(right, (short) 1, (byte) 4);
            expect(false, (byte) 6);
        } catch (ArrayIndexOutOfBoundsException e) {
            expect(pin.getTriesRemaining() == 2, (byte) 7);
        }
        JCSystem.beginTransaction();
        pin.check(wrong, (short) 0, (byte) 4);
        JCSystem.abortTransaction();
        expect(pin.getTriesRemaining() == 1, (byte) 8);
        try {
            new OwnerPIN((byte) 0, (byte) 4);
            expect(false, (byte) 9);
        } catch (PINException e) {
            expect(e.getReason() == PINException.ILLEGAL_VALUE, (byte) 10);
        }
        pin.resetAndUnblock();
        expect(pin.getTriesRemaining() == 3, (byte) 11);
    }

    /* ---- AID ---- */

    private void names() {
        byte[] own = new byte[16];
        byte n = ownName.getBytes(own, (short) 0);
        AID copy = new AID(own, (short) 0, n);

        expect(n == 6, (byte) 1);
        expect(copy.equals(ownName) && ownName.equals(copy), (byte) 2);
        expect(copy.equals(own, (short) 0, n), (byte) 3);
        expect(copy.RIDEquals(ownName), (byte) 4);
        expect(copy.partialEquals(own, (short) 0, (byte) 5), (byte) 5);
        expect(JCSystem.lookupAID(own, (short) 0, n) == ownName, (byte) 6);
        expect(JCSystem.getAID() == ownName, (byte) 7);
        expect(JCSystem.lookupAID(own, (short) 0, (byte) 5) == null, (byte) 8);
        expect(JCSystem.getPreviousContextAID() == null, (byte) 9);
        object = ownName; /* a permanent entry point may be kept */
        object = null;
        expect(JCSystem.isAppletActive(ownName), (byte) 10);
        expect(copy.getPartialBytes((short) 4, own, (short) 0, (byte) 0) == 2,
                (byte) 11);
        expect(!copy.equals(null) && !copy.equals((Object) own), (byte) 12);
    }

    /* ---- exceptions ---- */

    private void exceptions(APDU apdu) {
        Object foreign = apdu;

        try {
            UserException.throwIt((short) 0x1234);
        } catch (UserException e) {
            expect(e.getReason() == 0x1234, (byte) 1);
            foreign = e;
        }
        try {
            object = foreign;
            expect(false, (byte) 2);
        } catch (SecurityException e) {
        }
        try {
            objects[0] = apdu.getBuffer();
            expect(false, (byte) 3);
        } catch (SecurityException e) {
        }
        try {
            throw new Own((short) 42);
        } catch (Own e) {
            expect(e.value == 42, (byte) 4);
        }
        ISOException mine = new ISOException((short) 0x6123);
        mine.setReason((short) 0x6234);
        expect(mine.getReason() == 0x6234, (byte) 5);
        object = mine;
        object = null;
        try {
            CardRuntimeException.throwIt((short) 3);
        } catch (ISOException e) {
            expect(false, (byte) 6);
        } catch (CardRuntimeException e) {
            expect(e.getReason() == 3, (byte) 7);
        }
        try {
            objects[(short) 4] = null;
        } catch (IndexOutOfBoundsException e) {
            return;
        }
        expect(false, (byte) 8);
    }

    /* ---- memory ---- */

    private void memory() {
        expect(JCSystem.isTransient(forSelection)
                == JCSystem.CLEAR_ON_DESELECT, (byte) 1);
        expect(JCSystem.isTransient(forPower) == JCSystem.CLEAR_ON_RESET,
                (byte) 2);
        expect(JCSystem.isTransient(bytes) == 0, (byte) 3);
        short[] shorts = JCSystem.makeTransientShortArray((short) 3,
                JCSystem.CLEAR_ON_RESET);
        boolean[] booleans = JCSystem.makeTransientBooleanArray((short) 3,
                JCSystem.CLEAR_ON_RESET);
        Object[] refs = JCSystem.makeTransientObjectArray((short) 3,
                JCSystem.CLEAR_ON_RESET);
        shorts[2] = 7;
        booleans[1] = true;
        refs[0] = bytes;
        expect(shorts.length == 3 && shorts[2] == 7, (byte) 4);
        expect(booleans[1] && refs[0] == bytes, (byte) 5);
        try {
            JCSystem.makeTransientByteArray((short) -1,
                    JCSystem.CLEAR_ON_RESET);
            expect(false, (byte) 6);
        } catch (NegativeArraySizeException e) {
        }
        try {
            JCSystem.makeTransientByteArray((short) 1, (byte) 3);
            expect(false, (byte) 7);
        } catch (SystemException e) {
            expect(e.getReason() == SystemException.ILLEGAL_VALUE, (byte) 8);
        }
        byte[] global = (byte[]) JCSystem.makeGlobalArray(
                JCSystem.ARRAY_TYPE_BYTE, (short) 2);
        byte[] buffer = APDU.getCurrentAPDUBuffer();
        /* volatile memory takes no part in transactions [JCRE 5, 7.7] */
        JCSystem.beginTransaction();
        forPower[3] = global[1] = buffer[9] = 9;
        Util.setShort(global, (short) 0, (short) 0x0809);
        JCSystem.abortTransaction();
        expect(forPower[3] == 9 && global[0] == 8 && global[1] == 9
                && buffer[9] == 9, (byte) 9);
        forPower[3] = 0;
    }

    /* ---- JCSystem ---- */

    private void system(APDU apdu) {
        expect(JCSystem.getVersion() == 0x0305, (byte) 1);
        expect(activeAtInstall, (byte) 30);
        expect(JCSystem.getAvailableMemory(JCSystem.MEMORY_TYPE_PERSISTENT)
                > 0, (byte) 2);
        expect(JCSystem.getMaxCommitCapacity() > 0, (byte) 3);
        expect(JCSystem.getAssignedChannel() == APDU.getCLAChannel(),
                (byte) 4);
        expect(APDU.getCurrentAPDU() == apdu, (byte) 5);
        expect(APDU.getCurrentAPDUBuffer() == apdu.getBuffer(), (byte) 6);
        expect(!selectingApplet() && !reSelectingApplet(), (byte) 7);
        expect(apdu.getCurrentState() == APDU.STATE_INITIAL, (byte) 8);
        expect(JCSystem.getAppletShareableInterfaceObject(null, (byte) 1)
                == null, (byte) 9);
        expect(JCSystem.getAppletShareableInterfaceObject(ownName, (byte) 1)
                == this, (byte) 10);
        expect(JCSystem.getAppletShareableInterfaceObject(ownName, (byte) 9)
                == null, (byte) 11);
        try {
            apdu.sendBytes((short) 0, (short) 1);
            expect(false, (byte) 12);
        } catch (APDUException e) {
            expect(e.getReason() == APDUException.ILLEGAL_USE, (byte) 13);
        }
        expect(JCSystem.isObjectDeletionSupported(), (byte) 14);
    }

    private void random() {
        RandomData r = RandomData.getInstance(RandomData.ALG_SECURE_RANDOM);

        Util.arrayFillNonAtomic(bytes, (short) 0, (short) 16, (byte) 0);
        r.generateData(bytes, (short) 1, (short) 14);
        expect(bytes[0] == 0 && bytes[15] == 0, (byte) 1);
        expect(bytes[1] != 0 || bytes[2] != 0 || bytes[3] != 0, (byte) 2);
        try {
            RandomData.getInstance((byte) 77);
            expect(false, (byte) 3);
        } catch (CryptoException e) {
            expect(e.getReason() == CryptoException.NO_SUCH_ALGORITHM,
                    (byte) 4);
        }
    }

    private void globalPlatform() {
        expect(GPSystem.getCardState() == GPSystem.CARD_SECURED, (byte) 1);
        expect(GPSystem.getCardContentState()
                == GPSystem.APPLICATION_SELECTABLE, (byte) 2);
        expect(GPSystem.setCardContentState((byte) 0x0F), (byte) 3);
        expect(!GPSystem.setCardContentState((byte) 0x01), (byte) 4);
        expect(!GPSystem.lockCard(), (byte) 5);
        expect(GPSystem.getSecureChannel() != null, (byte) 6);
        expect(GPSystem.getCVM(GPSystem.CVM_GLOBAL_PIN) == null, (byte) 7);
    }

    private void secureChannel(APDU apdu) {
        SecureChannel channel = GPSystem.getSecureChannel();
        byte[] buffer = apdu.getBuffer();
        short n = channel.processSecurity(apdu);

        expect(n == 1 && buffer[ISO7816.OFFSET_CDATA] == 0x55, (byte) 1);
        expect((channel.getSecurityLevel() & SecureChannel.AUTHENTICATED)
                != 0, (byte) 2);
        expect(channel.unwrap(bytes, (short) 2, (short) 10) == 8, (byte) 3);
        bytes[0] = 0;
        expect(channel.decryptData(bytes, (short) 0, (short) 1) == 1,
                (byte) 4);
        expect(bytes[0] == -1, (byte) 5);
        expect(channel.wrap(bytes, (short) 0, (short) 2) == 5, (byte) 6);
        channel.resetSecurity();
        try {
            channel.unwrap(null, (short) 0, (short) 1);
            expect(false, (byte) 7);
        } catch (NullPointerException e) {
        }
        object = channel; /* a shareable interface object: it may be kept */
        expect(object != null, (byte) 8);
        object = null;
    }

    /** Digest of "abc" by the algorithm that P1 names. */
    private void digest(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        byte[] abc = {'a', 'b', 'c'};
        MessageDigest digest = MessageDigest.getInstance(
                buffer[ISO7816.OFFSET_P1], false);

        expect(digest.getAlgorithm() == buffer[ISO7816.OFFSET_P1], (byte) 1);
        digest.reset();
        short n = digest.doFinal(abc, (short) 0, (short) 3, buffer, (short) 0);
        expect(n == digest.getLength(), (byte) 2);
        try {
            digest.doFinal(abc, (short) 0, (short) 3, abc, (short) 0);
            expect(false, (byte) 3);
        } catch (ArrayIndexOutOfBoundsException e) {
            expect(abc[0] == 'a', (byte) 4);
        }
        try { /* null comes before any index */
            digest.doFinal(abc, (short) 0, (short) 9, null, (short) 0);
            expect(false, (byte) 7);
        } catch (NullPointerException e) {
        }
        try {
            MessageDigest.getInstance((byte) 13, false);
            expect(false, (byte) 5);
        } catch (CryptoException e) {
            expect(e.getReason() == CryptoException.NO_SUCH_ALGORITHM,
                    (byte) 6);
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    private void deletion() {
        for (short i = 0; i < 8; i++)
            object = new byte[64];
        JCSystem.requestObjectDeletion();
    }

    /* ---- answers ---- */

    private void answer(APDU apdu, short value) {
        Util.setShort(apdu.getBuffer(), (short) 0, value);
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }

    private void echo(APDU apdu) {
        short n = apdu.setIncomingAndReceive();
        short at = apdu.getOffsetCdata();

        expect(n == apdu.getIncomingLength(), (byte) 1);
        expect(apdu.setOutgoing() >= n, (byte) 2);
        apdu.setOutgoingLength(n);
        apdu.sendBytes(at, n);
    }

    private void sendLong(APDU apdu) {
        for (short i = 0; i < 16; i++)
            bytes[i] = (byte) i;
        apdu.setOutgoing();
        apdu.setOutgoingLength((short) 16);
        apdu.sendBytesLong(bytes, (short) 0, (short) 10);
        apdu.sendBytesLong(bytes, (short) 10, (short) 6);
    }

    private void many(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short sum = 0;
        short n = apdu.setIncomingAndReceive();
        short at = apdu.getOffsetCdata();

        while (n > 0) {
            for (short i = 0; i < n; i++)
                sum += (short) (buffer[(short) (at + i)] & 0xFF);
            at = 0;
            n = apdu.receiveBytes((short) 0);
        }
        answer(apdu, sum);
    }

    private void sendThenFail(APDU apdu) {
        apdu.setOutgoing();
        apdu.setOutgoingLength((short) 2);
        apdu.sendBytes((short) 0, (short) 2);
        ISOException.throwIt((short) 0x6283);
    }

    private void recurse(short n) {
        recurse((short) (n + 1));
        count = n;
    }

    /* ---- Counter ---- */

    public short add(short n) {
        count += n;
        return count;
    }

    /* The APDU is its client's, in whose process() this is. */
    private static boolean hasNoApdu() {
        try {
            return APDU.getCurrentAPDU() == null;
        } catch (SecurityException e) {
        }
        try {
            return APDU.getCurrentAPDUBuffer() == null;
        } catch (SecurityException e) {
            return true;
        }
    }

    public boolean calledBy(byte[] buffer, short offset, byte length) {
        expect(hasNoApdu(), (byte) 1);
        return JCSystem.getPreviousContextAID().equals(buffer, offset, length);
    }

    public void fail() {
        throw new Own((short) 1);
    }

    public void touch() {
        forSelection[0] = 1;
    }

    public boolean look() {
        Object array = forSelection;

        return array instanceof byte[];
    }

    public void commit() {
        JCSystem.commitTransaction();
    }
}
