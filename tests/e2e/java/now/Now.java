package org.postcard.test.now;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import org.globalplatform.CVM;
import org.globalplatform.GPSystem;
import org.globalplatform.SecureChannel;

/** As it is written today: GlobalPlatform's Card API. */
public class Now extends Applet {
    private static final short DATA = ISO7816.OFFSET_CDATA;

    private final byte[] label = new byte[8];

    public static void install(byte[] array, short offset, byte length) {
        new Now().register(array, (short) (offset + 1), array[offset]);
    }

    public void deselect() {
        GPSystem.getSecureChannel().resetSecurity();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short n;

        if (selectingApplet())
            return;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x50:
        case (byte) 0x82:
            n = GPSystem.getSecureChannel().processSecurity(apdu);
            if (n > 0)
                apdu.setOutgoingAndSend(DATA, n);
            return;
        case 0x20:
            verify(apdu, buffer);
            return;
        case 0x24:
            change(apdu, buffer);
            return;
        case (byte) 0xDA:
            write(apdu, buffer);
            return;
        case (byte) 0xCA:
            read(apdu, buffer);
            return;
        case 0x44:
            if (!GPSystem.setCardContentState(buffer[ISO7816.OFFSET_P1]))
                ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
            return;
        case (byte) 0xFE:
            if (!GPSystem.lockCard())
                ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
            return;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private CVM pin() {
        return GPSystem.getCVM(GPSystem.CVM_GLOBAL_PIN);
    }

    private void verify(APDU apdu, byte[] buffer) {
        byte n = (byte) apdu.setIncomingAndReceive();

        if (pin().verify(buffer, DATA, n, CVM.FORMAT_BCD) != CVM.CVM_SUCCESS)
            ISOException.throwIt((short) (0x63C0 | pin().getTriesRemaining()));
    }

    /** A new PIN, with P1 tries where that is not 0. */
    private void change(APDU apdu, byte[] buffer) {
        byte tries = buffer[ISO7816.OFFSET_P1];
        byte n = (byte) apdu.setIncomingAndReceive();

        if (tries != 0 && !pin().setTryLimit(tries)
                || !pin().update(buffer, DATA, n, CVM.FORMAT_BCD))
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
    }

    /** Its label, which only its domain's provider may change. */
    private void write(APDU apdu, byte[] buffer) {
        SecureChannel domain = GPSystem.getSecureChannel();
        short n = apdu.setIncomingAndReceive();

        if ((domain.getSecurityLevel() & SecureChannel.AUTHENTICATED) == 0
                || (buffer[ISO7816.OFFSET_CLA] & 4) == 0)
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        n = domain.unwrap(buffer, (short) 0, (short) (DATA + n));
        if (n != (short) (DATA + 8))
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        Util.arrayCopy(buffer, DATA, label, (short) 0, (short) 8);
    }

    /** The card's state, its own, tries that are left, and the label. */
    private void read(APDU apdu, byte[] buffer) {
        buffer[DATA] = GPSystem.getCardState();
        buffer[(short) (DATA + 1)] = GPSystem.getCardContentState();
        buffer[(short) (DATA + 2)] = pin().getTriesRemaining();
        Util.arrayCopy(label, (short) 0, buffer, (short) (DATA + 3),
                (short) 8);
        apdu.setOutgoingAndSend(DATA, (short) 11);
    }
}
