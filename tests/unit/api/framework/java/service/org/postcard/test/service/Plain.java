package org.postcard.test.service;

import javacard.framework.APDU;
import javacard.framework.service.Service;

/** A service that is no heir of BasicService. */
class Plain implements Service {
    public boolean processDataIn(APDU apdu) {
        Services.note((byte) 0x21);
        return apdu.getBuffer()[1] == 0x24;
    }

    public boolean processCommand(APDU apdu) {
        Services.note((byte) 0x22);
        return true;
    }

    public boolean processDataOut(APDU apdu) {
        return false;
    }
}
