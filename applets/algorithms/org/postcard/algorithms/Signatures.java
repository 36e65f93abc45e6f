package org.postcard.algorithms;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.security.Signature;

/** By number; by cipher, padding and digest; the same for one use. */
final class Signatures {
    static final byte INS = (byte) 0x20;

    private Signatures() {
    }

    static Object make(byte ins, byte[] data, short at) {
        byte padding = data[(short) (at + 1)];
        byte digest = data[(short) (at + 2)];

        switch (ins) {
        case INS:
            return Signature.getInstance(data[at], false);
        case INS + 1:
            return Signature.getInstance(digest, data[at], padding, false);
        case INS + 2:
            Signature.OneShot.open(digest, data[at], padding).close();
            return null;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return null;
        }
    }
}
