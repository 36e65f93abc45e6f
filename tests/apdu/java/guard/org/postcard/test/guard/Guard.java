package org.postcard.test.guard;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;

import org.globalplatform.GPSystem;

/**
 * Asks the card domain to block the card, and goes through its own life.
 *
 * 10: GPSystem.lockCard(); 20: terminateCard(); 30: setCardContentState(P1);
 * each answers 01 or 00, what the method returned. 40: getCardContentState().
 */
public class Guard extends Applet {
    public static void install(byte[] parameters, short offset, byte length) {
        new Guard().register(parameters, (short) (offset + 1),
            parameters[offset]);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            return;
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x10:
            buffer[0] = said(GPSystem.lockCard());
            break;
        case 0x20:
            buffer[0] = said(GPSystem.terminateCard());
            break;
        case 0x30:
            buffer[0] = said(
                GPSystem.setCardContentState(buffer[ISO7816.OFFSET_P1]));
            break;
        case 0x40:
            buffer[0] = GPSystem.getCardContentState();
            break;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        apdu.setOutgoingAndSend((short) 0, (short) 1);
    }

    private static byte said(boolean yes) {
        return yes ? (byte) 1 : (byte) 0;
    }
}
