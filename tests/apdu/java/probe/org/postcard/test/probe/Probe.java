package org.postcard.test.probe;

import javacard.framework.APDU;
import javacard.framework.APDUException;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.MultiSelectable;
import javacard.framework.Util;

/**
 * Calls the methods of the APDU class in an order that a test has put down,
 * and keeps a log of what each of them gave.
 *
 * Script: calls of five bytes, number and two shorts. Log: for each call a
 * byte (0: what it returned follows, 1: the reason of an APDUException, 2:
 * another exception) and a short.
 */
public class Probe extends Applet implements MultiSelectable {
    private static final byte INS_SCRIPT = (byte) 0xF0;
    private static final byte INS_LOG = (byte) 0xF2;

    private static final short CALL_SIZE = 5;
    private static final short LOG_SIZE = 3;
    private static final short SCRIPT_MAX = 250;
    private static final short DATA_MAX = 32767;

    private static final byte RETURNED = 0;
    private static final byte REFUSED = 1;
    private static final byte FAILED = 2;

    private final byte[] script;
    private short scriptLength;
    private final byte[] log;
    private short logLength;
    private byte[] data;
    private short selections;

    protected Probe() {
        script = new byte[SCRIPT_MAX];
        log = new byte[SCRIPT_MAX];
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Probe().register(parameters, (short) (offset + 1),
            parameters[offset]);
    }

    public boolean select() {
        selections = APDU.getCLAChannel();
        return true;
    }

    public boolean select(boolean already) {
        return select();
    }

    public void deselect(boolean still) {
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            return;
        }
        if (buffer[ISO7816.OFFSET_INS] == INS_SCRIPT) {
            scriptLength = apdu.setIncomingAndReceive();
            Util.arrayCopyNonAtomic(buffer, ISO7816.OFFSET_CDATA, script,
                (short) 0, scriptLength);
        } else if (buffer[ISO7816.OFFSET_INS] == INS_LOG) {
            Util.arrayCopyNonAtomic(log, (short) 0, buffer, (short) 0,
                logLength);
            apdu.setOutgoingAndSend((short) 0, logLength);
        } else {
            run(apdu);
        }
    }

    private void run(APDU apdu) {
        logLength = 0;
        for (short at = 0; at < scriptLength; at += CALL_SIZE) {
            byte code = RETURNED;
            short value = 0;
            try {
                value = call(apdu, script[at],
                    Util.getShort(script, (short) (at + 1)),
                    Util.getShort(script, (short) (at + 3)));
            } catch (APDUException e) {
                code = REFUSED;
                value = e.getReason();
            } catch (ISOException e) {
                throw e;
            } catch (Exception e) {
                code = FAILED;
            }
            log[logLength] = code;
            Util.setShort(log, (short) (logLength + 1), value);
            logLength += LOG_SIZE;
        }
    }

    private short call(APDU apdu, byte number, short a, short b) {
        switch (number) {
        case 1:
            return apdu.setIncomingAndReceive();
        case 2:
            return apdu.receiveBytes(a);
        case 3:
            return apdu.getIncomingLength();
        case 4:
            return apdu.getOffsetCdata();
        case 5:
            return apdu.setOutgoing();
        case 6:
            return apdu.setOutgoingNoChaining();
        case 7:
            apdu.setOutgoingLength(a);
            return 0;
        case 8:
            apdu.sendBytes(a, b);
            return 0;
        case 9:
            apdu.sendBytesLong(filled(), a, b);
            return 0;
        case 10:
            apdu.setOutgoingAndSend(a, b);
            return 0;
        case 11:
            APDU.waitExtension();
            return 0;
        case 12:
            return apdu.getCurrentState();
        default:
            return ask(apdu, number, a, b);
        }
    }

    private short ask(APDU apdu, byte number, short a, short b) {
        switch (number) {
        case 13:
            return APDU.getProtocol();
        case 14:
            return APDU.getInBlockSize();
        case 15:
            return APDU.getOutBlockSize();
        case 16:
            return apdu.getNAD();
        case 17:
            return APDU.getCLAChannel();
        case 18:
            return yes(apdu.isISOInterindustryCLA());
        case 19:
            return yes(apdu.isSecureMessagingCLA());
        case 20:
            return yes(apdu.isCommandChainingCLA());
        case 21:
            return yes(apdu.isValidCLA());
        case 22:
            return apdu.getLogicalChannelEncoding();
        case 23:
            return Util.getShort(apdu.getBuffer(), a);
        case 24:
            return sum(apdu.getBuffer(), a, b);
        case 25:
            ISOException.throwIt(a);
            return 0;
        case 26:
            return yes(APDU.getCurrentAPDU() == apdu
                && APDU.getCurrentAPDUBuffer() == apdu.getBuffer());
        case 27:
            Util.arrayFillNonAtomic(apdu.getBuffer(), a, b, (byte) 0xEE);
            return 0;
        case 28:
            JCSystem.beginTransaction();
            return 0;
        case 29:
            return JCSystem.getTransactionDepth();
        case 30:
            apdu.sendBytesLong(null, a, b);
            return 0;
        case 31:
            return selections;
        case 32:
            return drain(apdu);
        case 33:
            byte[] view = JCSystem.makeByteArrayView(filled(), a, b,
                    JCSystem.ATTR_READABLE_VIEW, null);
            apdu.sendBytesLong(view, (short) 0, b);
            return view[0];
        case 34:
            JCSystem.requestObjectDeletion();
            return 0;
        default:
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            return 0;
        }
    }

    private static short yes(boolean is) {
        return is ? (short) 1 : (short) 0;
    }

    private static short sum(byte[] bytes, short at, short n) {
        short s = 0;

        for (short i = 0; i < n; i++) {
            s += (short) (bytes[(short) (at + i)] & 0xFF);
        }
        return s;
    }

    /** Receives all that is left, and says how much it was. */
    private static short drain(APDU apdu) {
        short all = 0;
        short n = apdu.receiveBytes((short) 0);

        while (n > 0) {
            all += n;
            n = apdu.receiveBytes((short) 0);
        }
        return all;
    }

    private byte[] filled() {
        if (data == null) {
            data = new byte[DATA_MAX];
            Util.arrayFillNonAtomic(data, (short) 0, DATA_MAX, (byte) 0x5A);
        }
        return data;
    }
}
