package org.postcard.sidebyside.wire;

import javacard.framework.APDU;
import javacard.framework.APDUException;
import javacard.framework.Applet;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/*
 * The APDU class: INS chooses the steps, what each throws is gathered in
 * `found` and asked for afterwards.
 */
public class Main extends Applet {
    private static final short SIZE = 64;
    private final byte[] found = new byte[SIZE];
    private final byte[] table = new byte[300];
    private short n;
    private Object[] none = null;

    public static void install(byte[] b, short at, byte length) {
        new Main().register();
    }

    private Main() {
        for (short i = 0; i < table.length; i++)
            table[i] = (byte) i;
    }

    private void put(short value) {
        if (n < SIZE - 1) {
            Util.setShort(found, n, value);
            n += 2;
        }
    }

    private void reason(APDUException e) {
        put((short) (0xA000 | e.getReason()));
    }

    private void other(RuntimeException e) {
        put(e instanceof SecurityException ? (short) 0xB001
            : e instanceof NullPointerException ? (short) 0xB002
            : e instanceof ArrayIndexOutOfBoundsException ? (short) 0xB003
            : (short) 0xB004);
    }

    /* One call, by number; results are put down. */
    private void step(APDU apdu, byte what, short a, short b) {
        try {
            switch (what) {
            case 0:
                put(apdu.setIncomingAndReceive());
                return;
            case 1:
                put(apdu.receiveBytes(a));
                return;
            case 2:
                put(apdu.setOutgoing());
                return;
            case 3:
                put(apdu.setOutgoingNoChaining());
                return;
            case 4:
                apdu.setOutgoingLength(a);
                break;
            case 5:
                apdu.sendBytes(a, b);
                break;
            case 6:
                apdu.sendBytesLong(table, a, b);
                break;
            case 7:
                apdu.setOutgoingAndSend(a, b);
                break;
            case 8:
                put(apdu.getCurrentState());
                return;
            case 9:
                APDU.waitExtension();
                break;
            case 10:
                apdu.sendBytesLong(null, a, b);
                break;
            case 11:
                put(APDU.getProtocol());
                return;
            case 12:
                put(apdu.getNAD());
                return;
            case 13:
                put(APDU.getInBlockSize());
                return;
            case 14:
                put(APDU.getOutBlockSize());
                return;
            case 15:
                put((short) apdu.getBuffer().length);
                return;
            case 16:
                put(Util.getShort(apdu.getBuffer(), a));
                return;
            case 17:
                put(APDU.getCurrentAPDU() == apdu ? (short) 1 : (short) 0);
                put(APDU.getCurrentAPDUBuffer() == apdu.getBuffer()
                    ? (short) 1 : (short) 0);
                return;
            case 18:
                put(APDU.getCLAChannel());
                put(apdu.isCommandChainingCLA() ? (short) 1 : (short) 0);
                put(apdu.isSecureMessagingCLA() ? (short) 1 : (short) 0);
                put(apdu.isISOInterindustryCLA() ? (short) 1 : (short) 0);
                return;
            default:
                return;
            }
            put((short) 1);
        } catch (APDUException e) {
            reason(e);
        } catch (RuntimeException e) {
            other(e);
        }
    }

    private void unfold(short how, APDU apdu) {
        switch (how) {
        case 0:
            throw new CardRuntimeException((short) 0x9000);
        case 1:
            none[0] = this;
            return;
        case 2:
            found[SIZE] = 1;
            return;
        case 3:
            ISOException.throwIt((short) 0);
            return;
        case 4:
            throw new ISOException((short) 0x6283);
        case 5:
            JCSystem.abortTransaction();
            return;
        case 6:
            APDUException.throwIt((short) 0x6A80);
            return;
        case 7:
            apdu.setOutgoingAndSend((short) 0, (short) 4);
            ISOException.throwIt((short) 0x6A82);
            return;
        case 8:
            apdu.setOutgoing();
            apdu.setOutgoingLength((short) 4);
            apdu.sendBytes((short) 0, (short) 2);
            ISOException.throwIt((short) 0x6282);
            return;
        case 9:
            apdu.setOutgoing();
            apdu.setOutgoingLength((short) 4);
            apdu.sendBytes((short) 0, (short) 2);
            return;
        case 10:
            throw new RuntimeException();
        case 11:
            unfold((short) 11, apdu);
            return;
        case 12:
            ISOException.throwIt((short) 0x9000);
            return;
        case 13:
            ISOException.throwIt((short) 0x6110);
            return;
        case 14:
            ISOException.throwIt((short) 0x6C10);
            return;
        case 15:
            apdu.setOutgoing();
            apdu.setOutgoingLength((short) 0);
            return;
        default:
            table[1] = (byte) (1 / (short) (how - how));
        }
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet())
            return;
        byte ins = buffer[ISO7816.OFFSET_INS];
        if (ins == 0x10) { /* what was found, and forget it */
            short length = n;
            n = 0;
            apdu.setOutgoing();
            apdu.setOutgoingLength(length);
            apdu.sendBytesLong(found, (short) 0, length);
            return;
        }
        if (ins == 0x30) {
            unfold(buffer[ISO7816.OFFSET_P1], apdu);
            return;
        }
        if (ins == 0x40) { /* header and what else is there at first */
            for (short i = 0; i < 8; i += 2)
                put(Util.getShort(buffer, i));
            return;
        }
        /* Data: steps of five bytes.  They are received first, if INS says
         * so; else table holds them, from an earlier command of INS 22. */
        if (ins == 0x22) {
            short length = apdu.setIncomingAndReceive();
            Util.arrayFillNonAtomic(table, (short) 200, (short) 100,
                (byte) -1);
            Util.arrayCopyNonAtomic(buffer, ISO7816.OFFSET_CDATA, table,
                (short) 200, length);
            return;
        }
        for (short i = 200; table[i] != -1; i += 5)
            step(apdu, table[i], Util.getShort(table, (short) (i + 1)),
                Util.getShort(table, (short) (i + 3)));
    }
}
