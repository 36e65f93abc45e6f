package org.postcard.test.client;

import javacard.framework.*;
import org.postcard.test.library.Base;

/** Shares nothing: it has the getShareableInterfaceObject of Applet. */
public class Silent extends Base {
    public static void install(byte[] array, short offset, byte length) {
        new Silent().register(array, (short) (offset + 1), array[offset]);
    }

    protected void answer(APDU apdu, short calls) {
        Util.setShort(apdu.getBuffer(), (short) 0, calls);
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }
}
