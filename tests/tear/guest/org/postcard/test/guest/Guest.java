package org.postcard.test.guest;

import javacard.framework.APDU;
import javacard.framework.Applet;
import org.postcard.test.items.Item;

/** Holds objects of a class that another package has. */
public final class Guest extends Applet {
    private Item held = new Item(new Item(null));

    public static void install(byte[] array, short offset, byte length) {
        new Guest().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
    }
}
