package org.postcard.algorithms;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.security.InitializedMessageDigest;
import javacard.security.MessageDigest;
import javacard.security.RandomData;

/** Digests and sources of random bytes; each also for one use. */
final class Digests {
    static final byte INS = (byte) 0x30;

    private Digests() {
    }

    static Object make(byte ins, byte algorithm) {
        switch (ins) {
        case INS:
            return MessageDigest.getInstance(algorithm, false);
        case INS + 1:
            MessageDigest.OneShot.open(algorithm).close();
            return null;
        case INS + 2:
            return MessageDigest.getInitializedMessageDigestInstance(
                algorithm, false);
        case INS + 3:
            InitializedMessageDigest.OneShot.open(algorithm).close();
            return null;
        case INS + 4:
            return RandomData.getInstance(algorithm);
        case INS + 5:
            RandomData.OneShot.open(algorithm).close();
            return null;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return null;
        }
    }
}
