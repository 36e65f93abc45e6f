package org.postcard.algorithms;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.SystemException;
import javacard.framework.Util;
import javacard.security.CryptoException;

/**
 * Finds out what the card below it supports: each command asks for one thing,
 * which the applet then makes. The answer tells what became of it, and how
 * much memory of each kind there was before and is with it.
 */
public final class Probe extends Applet {
    private static final byte INS_SYSTEM = (byte) 0x01;

    /* How an attempt ends, with the reason of the exception. */
    private static final byte MADE = 0;
    private static final byte THREW_CRYPTO = 1;
    private static final byte THREW_SYSTEM = 2;
    private static final byte THREW_OTHER = 3;

    private static final byte KINDS = 3;

    /** Available memory of each kind, before and after, two shorts each. */
    private final short[] memory = JCSystem.makeTransientShortArray(
        (short) (4 * KINDS), JCSystem.CLEAR_ON_DESELECT);

    private Probe() {
    }

    /** Called once, when the card installs the applet. */
    public static void install(byte[] parameters, short offset, byte length) {
        new Probe().register(parameters, (short) (offset + 1),
            parameters[offset]);
    }

    /** Handles one command. */
    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short n;

        if (selectingApplet()) {
            return;
        }
        apdu.setIncomingAndReceive();
        if (buffer[ISO7816.OFFSET_INS] == INS_SYSTEM) {
            n = describeSystem(buffer);
        } else {
            n = attempt(buffer);
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    /** Outcome (1), reason (2), memory before and after (4 for each kind). */
    private short attempt(byte[] buffer) {
        byte outcome = THREW_OTHER;
        short reason = 0;

        for (short i = 0; i < (short) memory.length; i++) {
            memory[i] = 0;
        }
        try {
            makeMeasured(buffer);
            outcome = MADE;
        } catch (ISOException e) {
            throw e;
        } catch (CryptoException e) {
            outcome = THREW_CRYPTO;
            reason = e.getReason();
        } catch (SystemException e) {
            outcome = THREW_SYSTEM;
            reason = e.getReason();
        } catch (CardRuntimeException e) {
            reason = e.getReason();
        } catch (RuntimeException e) {
            reason = 0;
        }
        buffer[0] = outcome;
        Util.setShort(buffer, (short) 1, reason);
        return putMemory(buffer, (short) 3);
    }

    /**
     * To measure takes longer than to be refused, and most questions are: so
     * it measures what it makes a second time. Key pairs it generates once.
     */
    private void makeMeasured(byte[] buffer) {
        if (buffer[ISO7816.OFFSET_INS] == Keys.INS_GENERATE) {
            JCSystem.requestObjectDeletion();
        } else {
            make(buffer);
        }
        measure((short) 0);
        Object made = make(buffer);
        measure((short) (2 * KINDS));
        if (made != null) {
            JCSystem.requestObjectDeletion();
        }
    }

    /** The upper half of INS names the class, the rest one of its methods. */
    private static Object make(byte[] buffer) {
        byte ins = buffer[ISO7816.OFFSET_INS];

        switch ((byte) (ins & 0x70)) {
        case Ciphers.INS:
            return Ciphers.make(ins, buffer, ISO7816.OFFSET_CDATA);
        case Signatures.INS:
            return Signatures.make(ins, buffer, ISO7816.OFFSET_CDATA);
        case Digests.INS:
            return Digests.make(ins, buffer[ISO7816.OFFSET_CDATA]);
        case Keys.INS:
            return Keys.make(ins, buffer, ISO7816.OFFSET_CDATA);
        case Others.INS:
            return Others.make(ins, buffer, ISO7816.OFFSET_CDATA);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return null;
        }
    }

    private void measure(short at) {
        JCSystem.getAvailableMemory(memory, at,
            JCSystem.MEMORY_TYPE_PERSISTENT);
        JCSystem.getAvailableMemory(memory, (short) (at + 2),
            JCSystem.MEMORY_TYPE_TRANSIENT_DESELECT);
        JCSystem.getAvailableMemory(memory, (short) (at + 4),
            JCSystem.MEMORY_TYPE_TRANSIENT_RESET);
    }

    private short putMemory(byte[] buffer, short at) {
        for (short i = 0; i < (short) (4 * KINDS); i++) {
            at = Util.setShort(buffer, at, memory[i]);
        }
        return at;
    }

    /**
     * Version (2), object deletion (1), commit capacity (2), the two sizes of
     * blocks (2 each), protocol (1), node address (1), memory as elsewhere.
     */
    private short describeSystem(byte[] buffer) {
        short at = Util.setShort(buffer, (short) 0, JCSystem.getVersion());

        buffer[at] = JCSystem.isObjectDeletionSupported() ? (byte) 1 : 0;
        at++;
        at = Util.setShort(buffer, at, JCSystem.getMaxCommitCapacity());
        at = Util.setShort(buffer, at, APDU.getInBlockSize());
        at = Util.setShort(buffer, at, APDU.getOutBlockSize());
        buffer[at] = APDU.getProtocol();
        at++;
        buffer[at] = APDU.getCurrentAPDU().getNAD();
        at++;
        measure((short) 0);
        return putMemory(buffer, at);
    }
}
