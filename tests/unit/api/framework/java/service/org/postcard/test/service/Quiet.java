package org.postcard.test.service;

import javacard.framework.APDU;
import javacard.framework.service.BasicService;

/** Looks at commands and leaves them to others, but for 25. */
class Quiet extends BasicService {
    public boolean processCommand(APDU apdu) {
        Services.note((byte) 0x02);
        return getINS(apdu) == 0x25 && fail(apdu, (short) 0x6A88);
    }
}
