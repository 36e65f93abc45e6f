package org.example.visits;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import org.example.ring.Ring;

/**
 * Keeps the last four places that its holder visited.
 *
 * 80 10 00 00 02 PLACE   a visit
 * 80 20 00 00 00         the places, the latest first
 */
public class Visits extends Applet {
    private static final byte CLA = (byte) 0x80;
    private static final byte INS_VISIT = 0x10;
    private static final byte INS_PLACES = 0x20;
    private static final short REMEMBERED = 4;

    private final Ring places = new Ring(REMEMBERED);

    public static void install(byte[] parameters, short at, byte length) {
        new Visits().register();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet()) {
            return;
        }
        if (buffer[ISO7816.OFFSET_CLA] != CLA) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
        case INS_VISIT:
            visit(apdu, buffer);
            break;
        case INS_PLACES:
            answer(apdu, buffer);
            break;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void visit(APDU apdu, byte[] buffer) {
        if (apdu.setIncomingAndReceive() != 2) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        places.add(Util.getShort(buffer, ISO7816.OFFSET_CDATA));
    }

    private void answer(APDU apdu, byte[] buffer) {
        short at = 0;
        for (short i = 0; i < places.count(); i++) {
            at = Util.setShort(buffer, at, places.get(i));
        }
        apdu.setOutgoingAndSend((short) 0, at);
    }
}
