package org.postcard.attack.client;

import javacard.framework.*;

/** Another applet of the client's package, with memory for its selection. */
public class Partner extends Applet {
    static byte[] forSelection;
    private byte[] own;

    public static void install(byte[] array, short offset, byte length) {
        new Partner().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            if (own == null)
                own = JCSystem.makeTransientByteArray((short) 4,
                        JCSystem.CLEAR_ON_DESELECT);
            forSelection = own;
            return;
        }
        byte[] buffer = apdu.getBuffer();
        own[0] = buffer[2];
    }
}
