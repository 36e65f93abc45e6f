package org.postcard.test.gp;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import org.globalplatform.CVM;
import org.globalplatform.GPRegistryEntry;
import org.globalplatform.GPSystem;
import org.globalplatform.GlobalService;
import org.globalplatform.SecureChannel;
import org.globalplatform.SecureChannelx;
import org.globalplatform.SecureChannelx2;

/** Calls org.globalplatform; the answers are what its methods return. */
public class Gp extends Applet {
    private static final short DATA = ISO7816.OFFSET_CDATA;

    private GPRegistryEntry kept;
    private CVM method; /* from the constructor on [GPCS A.1] */
    private SecureChannel channel;
    private final byte[] own = {1, 2, 3, 4};

    private Gp() {
        method = GPSystem.getCVM(GPSystem.CVM_GLOBAL_PIN);
    }

    public static void install(byte[] array, short offset, byte length) {
        new Gp().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short n = 0;

        if (selectingApplet())
            return;
        channel = GPSystem.getSecureChannel();
        if ((byte) (buffer[ISO7816.OFFSET_CLA] & ~4) == (byte) 0x80
                && (buffer[ISO7816.OFFSET_INS] == (byte) 0x50
                || buffer[ISO7816.OFFSET_INS] == (byte) 0x82)) {
            n = channel.processSecurity(apdu);
        } else {
            n = apdu.setIncomingAndReceive();
            if ((buffer[ISO7816.OFFSET_CLA] & 4) != 0) {
                n = channel.unwrap(buffer, (short) 0, (short) (n + DATA));
                n -= DATA;
            }
            n = command(buffer, n);
            if ((channel.getSecurityLevel() & SecureChannel.R_MAC) != 0) {
                Util.setShort(buffer, (short) (DATA + n),
                        (short) 0x9000);
                n = channel.wrap(buffer, DATA, (short) (n + 2));
            }
        }
        apdu.setOutgoingAndSend(DATA, n);
    }

    /** What it answers is put at DATA. */
    private short command(byte[] buffer, short n) {
        byte p1 = buffer[ISO7816.OFFSET_P1];
        short both = Util.getShort(buffer, ISO7816.OFFSET_P1);

        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x01:
            buffer[DATA] = GPSystem.getCardState();
            buffer[DATA + 1] = GPSystem.getCardContentState();
            return 2;
        case 0x02:
            return put(buffer, GPSystem.setCardContentState(p1));
        case 0x03:
            kept = GPSystem.getRegistryEntry(aid(buffer, n));
            return kept == null ? 0 : entry(buffer, p1);
        case 0x04:
            return cvm(buffer, n, p1);
        case 0x05:
            return put(buffer, GPSystem.setATRHistBytes(buffer, DATA,
                    (byte) n));
        case 0x06:
            return put(buffer, GPSystem.lockCard());
        case 0x07:
            return put(buffer, kept.setState(p1));
        case 0x08: /* the entry that was kept */
            return entry(buffer, p1);
        case 0x09:
            GPSystem.getRegistryEntry(null).registerService(both);
            return 0;
        case 0x0A:
            GPSystem.getRegistryEntry(null).deregisterService(both);
            return 0;
        case 0x0B:
            return service(buffer, n, both);
        case 0x0C:
            method = GPSystem.getCVM(p1);
            return put(buffer, method != null);
        case 0x0D: /* of another's entry */
            kept.registerService(both);
            return 0;
        case 0x0E:
            return put(buffer, kept.isAssociated(aid(buffer, n)));
        case 0x0F: /* it is always the same object */
            return put(buffer, kept == GPSystem.getRegistryEntry(
                    aid(buffer, n)));
        case 0x10:
            return put(buffer, GPSystem.terminateCard());
        case 0x11:
            return (short) (GPSystem.getCardInfo(buffer, DATA, both) - DATA);
        case 0x12:
            Util.setShort(buffer, DATA, GPSystem.getCardInfoLength(both));
            return 2;
        case 0x13: /* where there is no room for it */
            GPSystem.getCardInfo(own, (short) 2, both);
            return 0;
        default:
            return secure(buffer, n, p1);
        }
    }

    private short put(byte[] buffer, boolean b) {
        buffer[DATA] = b ? (byte) 1 : (byte) 0;
        return 1;
    }

    private AID aid(byte[] buffer, short n) {
        return n == 0 ? null : new AID(buffer, DATA, (byte) n);
    }

    /** Length and bytes of the AID, state, privileges, is it privileged? */
    private short entry(byte[] buffer, byte privilege) {
        short at = (short) (DATA + 1);

        buffer[DATA] = kept.getAID().getBytes(buffer, at);
        at += buffer[DATA];
        buffer[at++] = kept.getState();
        at = kept.getPrivileges(buffer, at);
        buffer[at++] = kept.isPrivileged(privilege) ? (byte) 1 : (byte) 0;
        return (short) (at - DATA);
    }

    private short cvm(byte[] buffer, short n, byte what) {
        byte p2 = buffer[ISO7816.OFFSET_P2];

        switch (what) {
        case 0:
            buffer[DATA] = (byte) ((method.isActive() ? 0x80 : 0)
                    | (method.isSubmitted() ? 0x40 : 0)
                    | (method.isVerified() ? 0x20 : 0)
                    | (method.isBlocked() ? 0x10 : 0)
                    | method.getTriesRemaining());
            return 1;
        case 1:
            return put(buffer, method.update(buffer, DATA, (byte) n, p2));
        case 2:
            Util.setShort(buffer, DATA,
                    method.verify(buffer, DATA, (byte) n, p2));
            return 2;
        case 3:
            return put(buffer, method.resetState());
        case 4:
            return put(buffer, method.blockState());
        case 5:
            return put(buffer, method.resetAndUnblockState());
        case 6:
            return put(buffer, method.setTryLimit(p2));
        case 7: /* none of it takes part in a transaction */
            JCSystem.beginTransaction();
            method.verify(buffer, DATA, (byte) n, p2);
            JCSystem.abortTransaction();
            return 0;
        case 8: /* nor a value, nor a limit */
            JCSystem.beginTransaction();
            put(buffer, method.update(buffer, DATA, (byte) n, p2));
            JCSystem.abortTransaction();
            return 1;
        case 9:
            JCSystem.beginTransaction();
            put(buffer, method.setTryLimit(p2));
            JCSystem.abortTransaction();
            return 1;
        case 10:
            return bad(buffer);
        default:
            return notGlobal(buffer);
        }
    }

    /** No array, and one that is too short: each costs a try. */
    private short bad(byte[] buffer) {
        buffer[DATA] = 0;
        try {
            method.verify(null, (short) 0, (byte) 1, CVM.FORMAT_HEX);
        } catch (NullPointerException e) {
            buffer[DATA]++;
        }
        try {
            method.verify(buffer, (short) (buffer.length - 1), (byte) 2,
                    CVM.FORMAT_HEX);
        } catch (ArrayIndexOutOfBoundsException e) {
            buffer[DATA]++;
        }
        return 1;
    }

    /** An array of its own, which others may not read: no try. */
    private short notGlobal(byte[] buffer) {
        buffer[DATA] = 0;
        try {
            method.verify(own, (short) 0, (byte) 2, CVM.FORMAT_HEX);
        } catch (SecurityException e) {
            buffer[DATA]++;
        }
        try {
            method.update(own, (short) 0, (byte) 2, CVM.FORMAT_HEX);
        } catch (SecurityException e) {
            buffer[DATA]++;
        }
        return 1;
    }

    /** 00: no service; else what it answers to a request for its interface. */
    private short service(byte[] buffer, short n, short name) {
        GlobalService s = GPSystem.getService(aid(buffer, n), name);

        put(buffer, s != null);
        if (s != null)
            buffer[DATA + 1] = (byte) (s.getServiceInterface(
                    GPSystem.getRegistryEntry(null), name, null, (short) 0,
                    (short) 0) != null ? 1 : 0);
        return (short) (s == null ? 1 : 2);
    }

    private short secure(byte[] buffer, short n, byte p1) {
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x20:
            buffer[DATA] = channel.getSecurityLevel();
            return 1;
        case 0x21:
            return channel.encryptData(buffer, DATA, n);
        case 0x22:
            return channel.decryptData(buffer, DATA, n);
        case 0x23:
            ((SecureChannelx) channel).setSecurityLevel(p1);
            return 0;
        case 0x24:
            channel.resetSecurity();
            return 0;
        case 0x25: /* a command in an array */
            return ((SecureChannelx2) channel).processSecurity(buffer, DATA, n,
                    DATA);
        case 0x26: /* what came behind the header */
            buffer[DATA] = (byte) n;
            buffer[DATA + 1] = buffer[ISO7816.OFFSET_LC];
            return 2;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }
}
