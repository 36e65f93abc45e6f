package org.postcard.test.roles;

import javacard.framework.*;

import org.globalplatform.GPSystem;

/**
 * What an applet does that obeys in each of the runtime's calls and writes down
 * which they were.  The applets are alike but for MultiSelectable.
 */
public class Role {
    /* What to do, in the bits of `behave`: */
    private static final short REFUSE = 0x01; /* select() is false */
    private static final short THROW_SELECT = 0x02;
    private static final short OPEN_SELECT = 0x04; /* leaves a transaction */
    private static final short THROW_DESELECT = 0x08;
    private static final short OPEN_DESELECT = 0x10;
    private static final short THROW_UNINSTALL = 0x20;
    private static final short OPEN_UNINSTALL = 0x40;

    /* Statics of a library are everybody's; these are numbers. */
    private static short behave;
    private static short mark;
    private static short log1, log2, log3; /* a digit a call, newest last */

    private Host host;
    private byte[] untilReset;
    private byte[] untilDeselect;
    private Object kept;

    public Role(Host host) {
        this.host = host;
        untilReset = JCSystem.makeTransientByteArray((short) 1,
                JCSystem.CLEAR_ON_RESET);
        untilDeselect = JCSystem.makeTransientByteArray((short) 1,
                JCSystem.CLEAR_ON_DESELECT);
        untilDeselect[0] = 1;
    }

    /** What install() does; the parameters' first byte says it. */
    public void begin(byte[] array, short offset, byte length) {
        short at = (short) (offset + array[offset] + 1);

        at += (short) (array[at] + 1);
        byte what = array[at] == 0 ? 0 : array[(short) (at + 1)];
        byte[] name = new byte[16];
        Util.arrayCopy(array, (short) (offset + 1), name, (short) 0,
                array[offset]);
        switch (what) {
        case 1: ISOException.throwIt((short) 0x6A55);
        case 2: return; /* never registers */
        case 3: host.registerPlain(); return;
        case 4: name[5]++; break; /* another name than it was given */
        case 5: array[(short) (offset + 6)]++; break; /* that is no secret */
        case 6: JCSystem.beginTransaction(); mark = 0x66; break;
        case 7: for (short n = 0; n < 100; n++)
                kept = new Object[] {kept, new byte[32000]};
        case 8: JCSystem.makeTransientByteArray((short) 32000,
                    JCSystem.CLEAR_ON_RESET);
            JCSystem.makeTransientByteArray((short) 32000,
                    JCSystem.CLEAR_ON_RESET);
        case 9: name = null;
            break;
        case 12: transactions(); break;
        case 13: mark = 0x77;
            JCSystem.beginTransaction();
            log3 = 0x7777;
            JCSystem.commitTransaction();
            ISOException.throwIt((short) 0x6A5B);
        case 14: ISOException.throwIt(Util.getShort(array, (short) (at + 2)));
        case 15: given(array, offset, (short) (length & 0xFF), at);
        case 16: ISOException.throwIt(
                (short) (0x6A00 | GPSystem.getCardState()));
        default:
        }
        alone();
        host.registerAs(name, (short) 0, array[offset]);
        switch (what) {
        case 10: host.registerAs(name, (short) 0, array[offset]);
        case 11: ISOException.throwIt((short) 0x6A56);
        default:
        }
        event((short) 9);
    }

    /*
     * The array ends with the parameters, which stand at `at`; tells the last
     * byte of the privileges, which stand before them.  [GPCS A.1]
     */
    private static void given(byte[] array, short offset, short length,
            short at) {
        if ((short) (at + 1 + array[at]) != (short) (offset + length))
            ISOException.throwIt((short) 0x6AFF);
        ISOException.throwIt(
                (short) (0x6A00 | array[(short) (at - 1)] & 0xFF));
    }

    private static void transactions() {
        JCSystem.beginTransaction();
        mark = 0x31;
        JCSystem.abortTransaction();
        if (mark == 0x31)
            event((short) 15);
        JCSystem.beginTransaction();
        mark = 0x32;
        JCSystem.commitTransaction();
    }

    /* The APDU object is process()'s alone. [JCAPI APDU.getCurrentAPDU] */
    private static void alone() {
        for (byte i = 0; i < 2; i++) {
            try {
                Object o = i == 0 ? (Object) APDU.getCurrentAPDU()
                        : APDU.getCurrentAPDUBuffer();
                event((short) 15);
            } catch (SecurityException e) {
            }
        }
    }

    private static void event(short what) {
        log1 = (short) (log1 << 4 | log2 >> 12 & 15);
        log2 = (short) (log2 << 4 | log3 >> 12 & 15);
        log3 = (short) (log3 << 4 | what);
    }

    private static boolean does(short what) {
        return (behave & what) != 0;
    }

    private void open(short what) {
        if (!does(what))
            return;
        JCSystem.beginTransaction();
        mark = 0x55;
    }

    public boolean selected(short what) {
        event(what);
        alone();
        if (!host.isSelecting() || JCSystem.getPreviousContextAID() != null)
            event((short) 15);
        if (host.isReselecting())
            event((short) 10);
        if (does(THROW_SELECT))
            ISOException.throwIt((short) 0x6A57);
        open(OPEN_SELECT);
        return !does(REFUSE);
    }

    public void deselected(short what) {
        event(what);
        alone();
        if (host.isSelecting() || untilDeselect[0] == 77)
            event((short) 15);
        open(OPEN_DESELECT);
        if (does(THROW_DESELECT))
            ISOException.throwIt((short) 0x6A58);
    }

    /* Called as the currently selected applet [JCRE 11.3.4]. */
    public void uninstalled() {
        event((short) 8);
        alone();
        untilDeselect[0] = 1;
        if (JCSystem.getPreviousContextAID() != null)
            event((short) 15);
        open(OPEN_UNINSTALL);
        if (does(THROW_UNINSTALL))
            ISOException.throwIt((short) 0x6A59);
    }

    public void process(APDU apdu) {
        byte[] b = apdu.getBuffer();
        byte p1 = b[ISO7816.OFFSET_P1];

        if (host.isSelecting()) {
            event((short) 7);
            return;
        }
        switch (b[ISO7816.OFFSET_INS]) {
        case 0x10: behave = (short) (p1 & 0xFF); return;
        case 0x11: tell(apdu, b); return;
        case 0x12: JCSystem.beginTransaction(); mark = 0x12; return;
        case 0x13: JCSystem.beginTransaction(); mark = 0x13;
            ISOException.throwIt((short) 0x6A77);
        case 0x14: throw new NullPointerException();
        case 0x15: try {
                UserException.throwIt((short) 0x9000);
            } catch (UserException e) {
                throw new RuntimeException();
            }
        case 0x16: untilReset[0] = p1; untilDeselect[0] = p1; return;
        case 0x17: b[0] = untilReset[0]; b[1] = untilDeselect[0];
            apdu.setOutgoingAndSend((short) 0, (short) 2); return;
        case 0x18: b[1] = JCSystem.getAssignedChannel();
            b[2] = APDU.getCLAChannel();
            apdu.setOutgoingAndSend((short) 0, (short) 3); return;
        case 0x19: active(apdu, b); return;
        case 0x1A: ask(apdu, b); return;
        default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void tell(APDU apdu, byte[] b) {
        Util.setShort(b, (short) 0, log1);
        Util.setShort(b, (short) 2, log2);
        Util.setShort(b, (short) 4, log3);
        Util.setShort(b, (short) 6, mark);
        log1 = log2 = log3 = 0;
        mark = 0;
        apdu.setOutgoingAndSend((short) 0, (short) 8);
    }

    private AID named(APDU apdu, byte[] b) {
        byte n = (byte) apdu.setIncomingAndReceive();

        return JCSystem.lookupAID(b, ISO7816.OFFSET_CDATA, n);
    }

    private void active(APDU apdu, byte[] b) {
        b[0] = (byte) (JCSystem.isAppletActive(named(apdu, b)) ? 1 : 0);
        apdu.setOutgoingAndSend((short) 0, (short) 1);
    }

    /* Asks another applet for an object; keeps it when P1 says so. */
    private void ask(APDU apdu, byte[] b) {
        byte p1 = b[ISO7816.OFFSET_P1];
        byte p2 = b[ISO7816.OFFSET_P2];
        Asked got = null;

        try {
            if (p1 == 4)
                ((Asked) kept).touch();
            got = (Asked) JCSystem.getAppletShareableInterfaceObject(
                    named(apdu, b), p2);
            if (p1 == 1)
                kept = got;
            if (p1 == 2)
                kept = null;
            if (p1 == 3)
                got.touch();
            b[0] = (byte) (got == null ? 0 : 1);
        } catch (SecurityException e) {
            b[0] = (byte) 0x5E;
        }
        apdu.setOutgoingAndSend((short) 0, (short) 1);
    }

    /** Parameter 1: itself; 2: throws; others: nothing. */
    public Shareable share(Asked self, AID client, byte parameter) {
        if (parameter == 2)
            ISOException.throwIt((short) 0x6A5A);
        return parameter == 1 && client != null ? self : null;
    }

    public void touched() {
        untilDeselect[0] = 3;
    }
}
