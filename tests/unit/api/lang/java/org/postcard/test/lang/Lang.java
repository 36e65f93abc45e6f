package org.postcard.test.lang;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacardx.apdu.util.APDUUtil;
import javacardx.framework.util.intx.JCint;

/** Exceptions, classes of commands and ints; P1 is a number or a class. */
public final class Lang extends Applet {
    private static final short MADE = (short) 0x1234;
    private static final short SET = (short) 0x8765;
    private static final short THROWN = (short) 0x4321;

    /** Behind the parameters of install(). */
    private final byte behind;

    private boolean asApplet;

    private Lang(byte behind) {
        this.behind = behind;
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Lang(parameters[(short) (offset + length)]).register(parameters, (short) (offset + 1),
            parameters[offset]);
    }

    public boolean select() {
        asApplet = super.select();
        return asApplet;
    }

    /** What an applet has of its class: selected, shares nothing, no install(). */
    private short inherited(byte[] out) {
        out[0] = flag(asApplet);
        out[1] = flag(super.getShareableInterfaceObject(JCSystem.getAID(), (byte) 0) == null);
        try {
            Applet.install(out, (short) 0, (byte) 0);
        } catch (ISOException e) {
            Util.setShort(out, (short) 2, e.getReason());
        }
        return 4;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        byte p1 = buffer[ISO7816.OFFSET_P1];
        short n;

        if (selectingApplet()) {
            return;
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x10:
            n = reasons(buffer, p1);
            break;
        case 0x11:
            n = plain(buffer, p1);
            break;
        case 0x12:
            n = commandClass(buffer, p1);
            break;
        case 0x13:
            n = ints(buffer);
            break;
        case 0x14:
            buffer[0] = behind;
            n = 1;
            break;
        case 0x16:
            n = inherited(buffer);
            break;
        case 0x15:
            n = heirs(buffer, p1);
            break;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return;
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    static byte flag(boolean set) {
        return set ? (byte) 1 : 0;
    }

    private static short heirs(byte[] out, byte which) {
        switch (which) {
        case 0:
            return Heirs.algorithms(out);
        case 1:
            return Heirs.flags(out);
        case 2:
            return Heirs.memory(out);
        case 3:
            return Heirs.views(out);
        default:
            return Heirs.memoryTypes(out);
        }
    }

    /** Reason made with, set and thrown with; what was caught. */
    private static short reasons(byte[] out, byte number) {
        Throwable made = Reasons.make(number, MADE);
        short n = Util.setShort(out, (short) 0, Reasons.get(made));

        Reasons.set(made, SET);
        n = Util.setShort(out, n, Reasons.get(made));
        try {
            Reasons.raise(number, THROWN);
        } catch (Throwable e) {
            n = Util.setShort(out, n, Reasons.get(e));
            out[n++] = flag(Reasons.is(number, e));
            out[n++] = flag(e == made);
        }
        n = Util.setShort(out, n, Reasons.get(made));
        out[n++] = flag(Reasons.is(number, made));
        return n;
    }

    /** Made and thrown: what was caught. */
    private static short plain(byte[] out, byte number) {
        Throwable made = Plain.make(number);

        try {
            throw made;
        } catch (Throwable e) {
            out[0] = flag(e == made);
            out[1] = flag(Plain.is(number, e));
            out[2] = flag(e.equals(made));
            out[3] = flag(made.equals(null));
        }
        return 4;
    }

    private static short commandClass(byte[] out, byte cla) {
        out[0] = APDUUtil.getCLAChannel(cla);
        out[1] = flag(APDUUtil.isSecureMessagingCLA(cla));
        out[2] = flag(APDUUtil.isCommandChainingCLA(cla));
        out[3] = flag(APDUUtil.isISOInterindustryCLA(cla));
        out[4] = flag(APDUUtil.isValidCLA(cla));
        return 5;
    }

    private static short ints(byte[] out) {
        byte high = (byte) 0x80;
        int[] memory = JCint.makeTransientIntArray((short) 3, (byte) 1);
        int value;

        value = JCint.makeInt(high, (byte) 0xFF, (byte) 1, (byte) 0xFE);
        short n = JCint.setInt(out, (short) 0, value);
        n = JCint.setInt(out, n, JCint.makeInt((short) 0x7FFF, (short) -2));
        n = JCint.setInt(out, n, JCint.getInt(out, (short) 1));
        memory[2] = value;
        n = JCint.setInt(out, n, memory[2]);
        n = JCint.setInt(out, n, memory[0]);
        out[n++] = (byte) memory.length;
        return n;
    }
}
