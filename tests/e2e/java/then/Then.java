package org.postcard.test.then;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import visa.openplatform.OPSystem;
import visa.openplatform.ProviderSecurityDomain;

/** As it was written in 2000: Java Card 2.1 and Visa's Open Platform. */
public class Then extends Applet {
    private static final byte DATA = ISO7816.OFFSET_CDATA;

    private byte channel;
    private boolean open;
    private final byte[] label = new byte[8];

    public static void install(byte[] array, short offset, byte length) {
        new Then().register(array, (short) (offset + 1), array[offset]);
    }

    public void deselect() {
        open = false;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet())
            return;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x50:
            apdu.setIncomingAndReceive();
            channel = domain().openSecureChannel(apdu);
            answer(apdu, (short) (buffer[ISO7816.OFFSET_LC] & 0xFF));
            return;
        case (byte) 0x82:
            apdu.setIncomingAndReceive();
            domain().verifyExternalAuthenticate(channel, apdu);
            open = true;
            return;
        case 0x20:
            apdu.setIncomingAndReceive();
            if (!OPSystem.verifyPin(apdu, DATA))
                ISOException.throwIt((short) (0x63C0
                        | OPSystem.getTriesRemaining()));
            return;
        case 0x24:
            apdu.setIncomingAndReceive();
            if (!OPSystem.setPin(apdu, DATA))
                ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
            return;
        case (byte) 0xDA:
            write(apdu, buffer);
            return;
        case (byte) 0xCA:
            read(apdu, buffer);
            return;
        case 0x44:
            if (!OPSystem.setCardContentState(buffer[ISO7816.OFFSET_P1]))
                ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
            return;
        case (byte) 0xFE:
            if (!OPSystem.lockCardManager())
                ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
            return;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private ProviderSecurityDomain domain() {
        return OPSystem.getSecurityDomain();
    }

    /** Its label, which only its domain's provider may change. */
    private void write(APDU apdu, byte[] buffer) {
        apdu.setIncomingAndReceive();
        if (!open || (buffer[ISO7816.OFFSET_CLA] & 4) == 0)
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        domain().unwrap(channel, apdu);
        if (buffer[ISO7816.OFFSET_LC] != 8)
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        Util.arrayCopy(buffer, DATA, label, (short) 0, (short) 8);
    }

    /** The card's state, its own, tries that are left, and the label. */
    private void read(APDU apdu, byte[] buffer) {
        buffer[DATA] = OPSystem.getCardManagerState();
        buffer[DATA + 1] = OPSystem.getCardContentState();
        buffer[DATA + 2] = OPSystem.getTriesRemaining();
        Util.arrayCopy(label, (short) 0, buffer, (short) (DATA + 3),
                (short) 8);
        answer(apdu, (short) 11);
    }

    private void answer(APDU apdu, short n) {
        apdu.setOutgoing();
        apdu.setOutgoingLength(n);
        apdu.sendBytes(DATA, n);
    }
}
