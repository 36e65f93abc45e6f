package org.postcard.sidebyside.single;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/*
 * Tells what was called: 1 select, 2 deselect, 3 process of SELECT.  What
 * those do is chosen beforehand.
 */
public class Main extends Applet {
    private static final short SIZE = 32;
    private final byte[] calls = new byte[SIZE];
    private short n;
    private byte selectMode;
    private byte deselectMode;
    private byte processMode;
    private final byte[] reset = JCSystem.makeTransientByteArray((short) 2,
        JCSystem.CLEAR_ON_RESET);
    private final byte[] deselect = JCSystem.makeTransientByteArray((short) 2,
        JCSystem.CLEAR_ON_DESELECT);

    public static void install(byte[] b, short at, byte length) {
        new Main().register();
    }

    private void called(byte what) {
        if (n < SIZE)
            calls[n++] = what;
    }

    public boolean select() {
        called((byte) (selectingApplet() ? 0x11 : 1));
        called(deselect[0]);
        deselect[1] = 1;
        if (selectMode == 1)
            return false;
        if (selectMode == 2)
            ISOException.throwIt((short) 0x6A84);
        if (selectMode == 3)
            JCSystem.beginTransaction();
        if (selectMode == 4)
            calls[SIZE] = 0;
        return true;
    }

    public void deselect() {
        called((byte) (selectingApplet() ? 0x12 : 2));
        called(deselect[0]);
        if (deselectMode == 1)
            ISOException.throwIt((short) 0x6A84);
        if (deselectMode == 2) {
            JCSystem.beginTransaction();
            called((byte) 0x77);
        }
    }

    private void selected(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        called((byte) 3);
        called(buffer[ISO7816.OFFSET_CLA]);
        called(buffer[ISO7816.OFFSET_P2]);
        called(buffer[ISO7816.OFFSET_LC]);
        if (processMode == 1)
            ISOException.throwIt((short) 0x6A81);
        if (processMode == 2)
            calls[SIZE] = 0;
        if (processMode == 3) {
            short length = apdu.setIncomingAndReceive();
            apdu.setOutgoingAndSend(ISO7816.OFFSET_CDATA, length);
        }
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet()) {
            selected(apdu);
            return;
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x10: /* what was called, and forget it */
            Util.arrayCopyNonAtomic(calls, (short) 0, buffer, (short) 0, n);
            short length = n;
            n = 0;
            apdu.setOutgoingAndSend((short) 0, length);
            return;
        case 0x12:
            selectMode = buffer[ISO7816.OFFSET_P1];
            deselectMode = buffer[ISO7816.OFFSET_P2];
            return;
        case 0x13:
            processMode = buffer[ISO7816.OFFSET_P1];
            return;
        case 0x14:
            reset[0] = buffer[ISO7816.OFFSET_P1];
            deselect[0] = buffer[ISO7816.OFFSET_P1];
            return;
        case 0x16:
            buffer[0] = reset[0];
            buffer[1] = deselect[0];
            buffer[2] = deselect[1];
            buffer[3] = JCSystem.getAssignedChannel();
            buffer[4] = JCSystem.isAppletActive(JCSystem.getAID()) ? (byte) 1
                : (byte) 0;
            apdu.setOutgoingAndSend((short) 0, (short) 5);
            return;
        case (byte) 0xA4: /* a SELECT that is not one of an applet */
            ISOException.throwIt(Util.makeShort((byte) 0x62,
                buffer[ISO7816.OFFSET_P1]));
            return;
        case 0x70:
            ISOException.throwIt((short) 0x6270);
            return;
        default:
            ISOException.throwIt(Util.makeShort((byte) 0x63,
                buffer[ISO7816.OFFSET_CLA]));
        }
    }
}
