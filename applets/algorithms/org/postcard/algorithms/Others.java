package org.postcard.algorithms;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.OwnerPINBuilder;
import javacard.framework.Util;
import javacard.security.Checksum;
import javacard.security.KeyAgreement;
import javacardx.security.derivation.DerivationFunction;

/** What has only a few algorithms. */
final class Others {
    static final byte INS = (byte) 0x50;

    private static final byte TRIES = 3;
    private static final byte SIZE = 4;

    private Others() {
    }

    static Object make(byte ins, byte[] data, short at) {
        switch (ins) {
        case INS:
            return KeyAgreement.getInstance(data[at], false);
        case INS + 1:
            return Checksum.getInstance(data[at], false);
        case INS + 2:
            return OwnerPINBuilder.buildOwnerPIN(TRIES, SIZE, data[at]);
        case INS + 3:
            return DerivationFunction.getInstance(Util.getShort(data, at),
                false);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return null;
        }
    }
}
