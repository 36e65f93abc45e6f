package org.postcard.test.pass;

import javacard.framework.AID;
import javacard.framework.Shareable;
import org.globalplatform.GPRegistryEntry;
import org.globalplatform.contactless.CRSApplication;
import org.globalplatform.contactless.GPCLRegistryEntry;
import org.globalplatform.contactless.GPCLSystem;

/** The CRS application: it activates whoever asks, unless told otherwise. */
public class Crs extends Crel implements CRSApplication {
    public static void install(byte[] array, short offset, byte length) {
        new Crs().register(array, (short) (offset + 1), array[offset]);
    }

    public Shareable getShareableInterfaceObject(AID client, byte which) {
        return client == null && which == GPCLSystem.GPCL_CRS_APPLICATION
                ? this
                : super.getShareableInterfaceObject(client, which);
    }

    public boolean processCLRequest(GPRegistryEntry requester,
            GPCLRegistryEntry target, short event) {
        note((byte) 0xCC, (byte) event);
        if (behaviour == REFUSES)
            return false;
        if (behaviour == RETURNS_TO_DEACTIVATED)
            return true;
        return target.setCLState((byte) 1) == 1
                && requester.getState() != 0;
    }
}
