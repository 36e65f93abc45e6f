package org.postcard.test.service;

import javacard.framework.*;
import javacard.framework.service.BasicService;

/** Turns its input around: 20 in, 21 throws, 22 and 23 end early. */
class Marked extends BasicService {
    boolean told;

    public void setProcessed(APDU apdu) {
        told = true;
        super.setProcessed(apdu);
    }

    public boolean processDataIn(APDU apdu) {
        Services.note((byte) 0x11);
        short n = receiveInData(apdu);
        if (n > 0)
            apdu.getBuffer()[5] ^= 0x0F;
        return getINS(apdu) == 0x22;
    }

    public boolean processCommand(APDU apdu) {
        Services.note((byte) 0x12);
        switch (getINS(apdu)) {
        case 0x21:
            ISOException.throwIt((short) 0x6FED);
        case 0x26:
            throw new OwnException();
        case 0x20:
        case 0x22:
        case 0x24:
            return succeed(apdu);
        case 0x23:
            setOutputLength(apdu, (short) 0);
            return succeedWithStatusWord(apdu, (short) 0x6311);
        default:
            return false;
        }
    }

    public boolean processDataOut(APDU apdu) {
        Services.note((byte) 0x13);
        short n = getOutputLength(apdu);
        if (n > 0) {
            apdu.getBuffer()[(short) (5 + n)] = (byte) 0xEE;
            setOutputLength(apdu, (short) (n + 1));
        }
        return true;
    }
}
