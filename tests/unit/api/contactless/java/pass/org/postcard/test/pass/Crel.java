package org.postcard.test.pass;

import javacard.framework.AID;
import javacard.framework.Shareable;
import org.globalplatform.contactless.CRELApplication;
import org.globalplatform.contactless.GPCLRegistryEntry;
import org.globalplatform.contactless.GPCLSystem;

/** A CREL application: notes what it is told, and of whom. */
public class Crel extends Pass implements CRELApplication {
    private final byte[] name = new byte[16];

    public static void install(byte[] array, short offset, byte length) {
        new Crel().register(array, (short) (offset + 1), array[offset]);
    }

    public Shareable getShareableInterfaceObject(AID client, byte which) {
        return client == null && which == GPCLSystem.GPCL_CREL_APPLICATION
                ? this
                : super.getShareableInterfaceObject(client, which);
    }

    public void notifyCLEvent(GPCLRegistryEntry target, short event) {
        short n = target.getAID().getBytes(name, (short) 0);

        note((byte) event, name[(short) (n - 1)]);
    }
}
