package org.postcard.test.old;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import visa.openplatform.OPSystem;
import visa.openplatform.ProviderSecurityDomain;

/** An applet of the year 2000: the API of Open Platform 2.0.1' and no other. */
public class Old extends Applet {
    private static final byte DATA = ISO7816.OFFSET_CDATA;

    private byte channel;

    public static void install(byte[] array, short offset, byte length) {
        new Old().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        ProviderSecurityDomain domain;

        if (selectingApplet())
            return;
        domain = OPSystem.getSecurityDomain();
        apdu.setIncomingAndReceive();
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x50:
            channel = domain.openSecureChannel(apdu);
            send(apdu, (short) (buffer[ISO7816.OFFSET_LC] & 0xFF));
            return;
        case (byte) 0x82:
            domain.verifyExternalAuthenticate(channel, apdu);
            return;
        default:
            if ((buffer[ISO7816.OFFSET_CLA] & 4) != 0)
                domain.unwrap(channel, apdu);
            send(apdu, command(apdu, buffer, domain));
        }
    }

    private void send(APDU apdu, short n) {
        apdu.setOutgoing();
        apdu.setOutgoingLength(n);
        apdu.sendBytes(DATA, n);
    }

    private short put(byte[] buffer, boolean b) {
        buffer[DATA] = b ? (byte) 1 : (byte) 0;
        return 1;
    }

    private short command(APDU apdu, byte[] buffer,
            ProviderSecurityDomain domain) {
        byte p1 = buffer[ISO7816.OFFSET_P1];

        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x01:
            buffer[DATA] = OPSystem.getCardManagerState();
            buffer[DATA + 1] = OPSystem.getCardContentState();
            buffer[DATA + 2] = OPSystem.getTriesRemaining();
            return 3;
        case 0x02:
            return put(buffer, OPSystem.setCardContentState(p1));
        case 0x03:
            return put(buffer, OPSystem.setPin(apdu, DATA));
        case 0x04:
            return put(buffer, OPSystem.verifyPin(apdu, DATA));
        case 0x05:
            return put(buffer, OPSystem.setATRHistBytes(buffer, DATA,
                    buffer[ISO7816.OFFSET_LC]));
        case 0x06:
            OPSystem.getCPLCData(apdu, DATA, p1,
                    buffer[ISO7816.OFFSET_P2]);
            return buffer[ISO7816.OFFSET_P2];
        case 0x07:
            return put(buffer, OPSystem.lockCardManager());
        case 0x08:
            return put(buffer, OPSystem.terminateCardManager());
        case 0x09: /* the plain key, if it is right */
            if (!domain.decryptVerifyKey(channel, apdu, DATA))
                return 0;
            return (short) (buffer[DATA + 1] + 2);
        case 0x0A:
            domain.closeSecureChannel(channel);
            return 0;
        case 0x0B: /* of no channel that it has */
            domain.closeSecureChannel((byte) (channel + 1));
            return 0;
        case 0x0C: /* what is left of the command */
            return buffer[ISO7816.OFFSET_LC];
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }
}
