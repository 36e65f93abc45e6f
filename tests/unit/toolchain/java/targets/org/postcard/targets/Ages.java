package org.postcard.targets;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.JCSystem;
import javacard.security.Signature;
import org.globalplatform.GPSystem;

/** What came with which release: "// since R" at the line that needs it. */
public class Ages extends Applet {
    private Ages() {
        register();
    }

    public static void install(byte[] data, short at, byte length) {
        new Ages();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        GPSystem.getCardState();
        APDU.getCurrentAPDU(); // since 2.2.1
        JCSystem.requestObjectDeletion(); // since 2.2.1
        if (this instanceof javacardx.apdu.ExtendedLength) // since 2.2.2
            return;
        apdu.isValidCLA(); // since 3.0.1
        JCSystem.makeGlobalArray((byte) 0, (short) 1); // since 3.0.4
        sign(null, buffer);
    }

    private static void sign(Signature s, byte[] b) {
        s.signPreComputedHash(b, (short) 0, (short) 0, b, (short) 0); // since 3.0.4
    }

    private static void one(javacard.security.MessageDigest.OneShot o) {
        o.close(); // since 3.0.5
    }

    public void channel(APDU apdu) {
        apdu.getLogicalChannelEncoding(); // since 3.2
    }
}
