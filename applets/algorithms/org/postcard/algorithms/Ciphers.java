package org.postcard.algorithms;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacardx.crypto.Cipher;

/** By number; by algorithm and padding; the same for one use. */
final class Ciphers {
    static final byte INS = (byte) 0x10;

    private Ciphers() {
    }

    static Object make(byte ins, byte[] data, short at) {
        switch (ins) {
        case INS:
            return Cipher.getInstance(data[at], false);
        case INS + 1:
            return Cipher.getInstance(data[at], data[(short) (at + 1)], false);
        case INS + 2:
            Cipher.OneShot.open(data[at], data[(short) (at + 1)]).close();
            return null;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return null;
        }
    }
}
