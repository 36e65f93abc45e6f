package org.postcard.test.pass;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.SystemException;
import javacard.framework.TransactionException;
import javacard.framework.Util;
import org.globalplatform.GPSystem;
import org.globalplatform.contactless.CLApplet;
import org.globalplatform.contactless.CLAppletActivationPolicy;
import org.globalplatform.contactless.GPCLRegistryEntry;
import org.globalplatform.contactless.GPCLSystem;

/**
 * An application on the contactless interface: asks for everything that the
 * API has, of the entry that it keeps, and notes what it is told.
 */
public class Pass extends Applet
        implements CLApplet, CLAppletActivationPolicy {
    static final short DATA = ISO7816.OFFSET_CDATA;
    static final byte THROWS = 1;
    static final byte LEAVES_OPEN = 2;
    static final byte REFUSES = 3;
    static final byte LIES = 4;
    static final byte RETURNS_TO_DEACTIVATED = 5;
    private static final short LOG_SIZE = 60;

    private final byte[] log = new byte[LOG_SIZE];
    private final byte[] mark = new byte[1];
    private short logged;
    byte behaviour;
    GPCLRegistryEntry kept;
    private GPCLRegistryEntry other;

    public static void install(byte[] array, short offset, byte length) {
        new Pass().register(array, (short) (offset + 1), array[offset]);
    }

    public Shareable getShareableInterfaceObject(AID client, byte which) {
        if (which == GPCLSystem.GPCL_CL_APPLICATION_ACTIVATION_POLICY)
            return this;
        return client == null && which == GPCLSystem.GPCL_CL_APPLICATION
                ? this
                : null;
    }

    /** Notes it, and does what it was told to do then. */
    void note(byte event, byte about) {
        if (behaviour == THROWS)
            ISOException.throwIt((short) 0x6999);
        if (behaviour == LEAVES_OPEN) {
            JCSystem.beginTransaction();
            mark[0]++;
            return;
        }
        if ((short) (logged + 2) > LOG_SIZE)
            return;
        log[logged++] = event;
        log[logged++] = about;
    }

    public void notifyCLEvent(short event) {
        note((byte) event, (byte) 0);
    }

    public boolean acceptActivation() {
        if (behaviour == LIES)
            ISOException.throwIt((short) 0x6999);
        note((byte) 0xAA, (byte) 0);
        return behaviour != REFUSES;
    }

    public short getNextApplicationConflictInfo(byte[] out, short offset) {
        Util.setShort(out, offset, REASON_USER_NOT_VERIFIED);
        return (short) (offset + 2);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet())
            return;
        short n = apdu.setIncomingAndReceive();
        try {
            n = run(buffer, n, buffer[ISO7816.OFFSET_P1],
                    buffer[ISO7816.OFFSET_P2]);
        } catch (SystemException e) {
            ISOException.throwIt((short) (0x6F10 + e.getReason()));
        } catch (TransactionException e) {
            ISOException.throwIt((short) (0x6F30 + e.getReason()));
        } catch (NullPointerException e) {
            ISOException.throwIt((short) 0x6F40);
        } catch (ArrayIndexOutOfBoundsException e) {
            ISOException.throwIt((short) 0x6F41);
        } catch (SecurityException e) {
            ISOException.throwIt((short) 0x6F42);
        }
        apdu.setOutgoingAndSend(DATA, n);
    }

    private static AID aid(byte[] buffer, short n) {
        return n == 0 ? null : JCSystem.lookupAID(buffer, DATA, (byte) n);
    }

    private static short put(byte[] buffer, byte value) {
        buffer[DATA] = value;
        return 1;
    }

    private static byte of(boolean it) {
        return it ? (byte) 1 : (byte) 0;
    }

    private short run(byte[] buffer, short n, byte p1, byte p2) {
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x10:
            kept = GPCLSystem.getGPCLRegistryEntry(aid(buffer, n));
            return put(buffer, of(kept != null));
        case 0x11:
            return put(buffer, kept.setCLState(p1));
        case 0x12:
            return put(buffer, kept.getCLState());
        case 0x13:
            return (short) (kept.getInfo(buffer, DATA, p1) - DATA);
        case 0x14:
            Util.setShort(buffer, DATA, kept.setInfo(buffer, DATA, n, p1));
            return 2;
        case 0x15:
            return list(buffer, p1, (short) (p2 & 0xFF));
        case 0x16:
            kept.joinGroup(aid(buffer, n));
            return 0;
        case 0x17:
            change(buffer, n, p1);
            return 0;
        case 0x18:
            kept.setPartialSelectionOrder(p1 != 0);
            return 0;
        case 0x19:
            buffer[DATA] = of(kept.isGroupHead());
            buffer[DATA + 1] = of(kept.isGroupMember());
            return 2;
        case 0x1A:
            GPCLSystem.setVolatilePriority(p1 != 0 ? kept : null);
            return 0;
        case 0x1B:
            return (short) (GPCLSystem.getCardCLInfo(buffer, DATA, p1) - DATA);
        case 0x1C:
            GPCLSystem.setCommunicationInterface(p1, p2 != 0);
            return 0;
        case 0x1D:
            buffer[DATA] = of(GPCLSystem.isCommunicationInterfaceEnabled(p1));
            buffer[DATA + 1] = of(
                    GPCLSystem.checkCommunicationInterfaceAccess(kept, p1));
            return 2;
        case 0x1E:
            buffer[DATA] = GPCLSystem.getSecureElementType();
            Util.setShort(buffer, (short) (DATA + 1),
                    GPCLSystem.getHostDeviceUserInterfaceState());
            return 3;
        case 0x1F:
            GPCLSystem.launchHostDeviceApplication(buffer, DATA, n);
            return 0;
        case 0x20:
            return takeLog(buffer);
        case 0x21:
            behaviour = p1;
            return 0;
        case 0x22:
            return put(buffer, of(kept.setState(p1)));
        case 0x23:
            return put(buffer, of(GPSystem.setCardContentState(p1)));
        case 0x24:
            return kept.getAID().getBytes(buffer, DATA);
        case 0x25:
            return inTransaction(buffer, p1, p2 != 0);
        case 0x26:
            return askTheDead(buffer);
        case 0x27:
            other = kept;
            return 0;
        case 0x28:
            return put(buffer, of(other == kept));
        case 0x29:
            return (short) (policyOf(aid(buffer, n))
                    .getNextApplicationConflictInfo(buffer, DATA) - DATA);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    private static CLAppletActivationPolicy policyOf(AID of) {
        return (CLAppletActivationPolicy) JCSystem
                .getAppletShareableInterfaceObject(of,
                        GPCLSystem.GPCL_CL_APPLICATION_ACTIVATION_POLICY);
    }

    private short takeLog(byte[] buffer) {
        short n = logged;

        Util.arrayCopy(log, (short) 0, buffer, DATA, n);
        buffer[(short) (DATA + n)] = mark[0];
        logged = 0;
        return (short) (n + 1);
    }

    private GPCLRegistryEntry next(byte which, GPCLRegistryEntry at,
            short family) {
        switch (which) {
        case 0:
            return kept.getNextConflictingApplication(at);
        case 1:
            return kept.getNextGroupMember(at);
        case 2:
            return kept.getNextCRELApplication(at);
        case 3:
            return kept.getNextReferencingApplication(at);
        default:
            return GPCLSystem.getNextGPCLRegistryEntry(at, family);
        }
    }

    /** The last byte of the AID of each; 80: behind the entry that is kept. */
    private short list(byte[] buffer, byte which, short family) {
        byte what = (byte) (which & 0x7F);
        GPCLRegistryEntry at = next(what, which < 0 ? other : null, family);
        short n = 0;

        for (; at != null; at = next(what, at, family)) {
            short length = at.getAID().getBytes(buffer, (short) (DATA + 100));
            buffer[(short) (DATA + n++)] =
                    buffer[(short) (DATA + 100 + length - 1)];
        }
        return n;
    }

    private void change(byte[] buffer, short n, byte how) {
        if (how == 0)
            kept.addToGroupAuthorizationList(buffer, DATA, n);
        else if (how == 1)
            kept.removeFromGroupAuthorizationList(buffer, DATA, n);
        else if (how == 2)
            kept.addToCRELApplicationList(buffer, DATA, n);
        else
            kept.removeFromCRELApplicationList(buffer, DATA, n);
    }

    private short inTransaction(byte[] buffer, byte state, boolean commit) {
        JCSystem.beginTransaction();
        buffer[DATA] = kept.setCLState(state);
        if (commit)
            JCSystem.commitTransaction();
        else
            JCSystem.abortTransaction();
        buffer[DATA + 1] = kept.getCLState();
        return 2;
    }

    /** Each method of the entry of what is gone, by its reason. */
    private short askTheDead(byte[] buffer) {
        short n = 0;

        for (byte i = 0; i < 24; i++) {
            try {
                call(buffer, i);
                buffer[(short) (DATA + n++)] = 0;
            } catch (SystemException e) {
                buffer[(short) (DATA + n++)] = (byte) e.getReason();
            }
        }
        return n;
    }

    private void call(byte[] buffer, byte method) {
        switch (method) {
        case 0:
            kept.deregisterService((short) 0x8000);
            break;
        case 1:
            kept.getAID();
            break;
        case 2:
            kept.getPrivileges(buffer, (short) (DATA + 100));
            break;
        case 3:
            kept.getState();
            break;
        case 4:
            kept.isAssociated(JCSystem.getAID());
            break;
        case 5:
            kept.isPrivileged((byte) 0);
            break;
        case 6:
            kept.registerService((short) 0x8000);
            break;
        case 7:
            kept.setState((byte) 0x80);
            break;
        case 8:
            kept.setCLState((byte) 0);
            break;
        case 9:
            kept.getCLState();
            break;
        case 10:
            kept.getInfo(buffer, (short) (DATA + 100), (short) 4);
            break;
        case 11:
            kept.setInfo(buffer, DATA, (short) 1, (short) 4);
            break;
        case 12:
            kept.getNextConflictingApplication(null);
            break;
        case 13:
            kept.joinGroup(JCSystem.getAID());
            break;
        case 14:
            kept.getNextGroupMember(null);
            break;
        case 15:
            kept.addToGroupAuthorizationList(buffer, DATA, (short) 5);
            break;
        case 16:
            kept.removeFromGroupAuthorizationList(buffer, DATA, (short) 5);
            break;
        case 17:
            kept.setPartialSelectionOrder(true);
            break;
        case 18:
            kept.getNextCRELApplication(null);
            break;
        case 19:
            kept.addToCRELApplicationList(buffer, DATA, (short) 5);
            break;
        case 20:
            kept.removeFromCRELApplicationList(buffer, DATA, (short) 5);
            break;
        case 21:
            kept.getNextReferencingApplication(null);
            break;
        case 22:
            kept.isGroupHead();
            break;
        default:
            kept.isGroupMember();
            break;
        }
    }
}
