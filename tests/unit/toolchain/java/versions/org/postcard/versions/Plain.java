package org.postcard.versions;

import javacard.framework.AID;
import javacard.framework.ISOException;
import javacard.security.RandomData;
import org.globalplatform.GPSystem;

/** Uses of each package only what its first version has. */
public class Plain {
    public static byte state(RandomData random, AID aid) {
        if (aid == null)
            ISOException.throwIt((short) 0x6F00);
        random.setSeed(null, (short) 0, (short) 0);
        return GPSystem.getCardState();
    }
}
