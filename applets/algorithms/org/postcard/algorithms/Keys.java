package org.postcard.algorithms;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.NamedParameterSpec;

/** Keys by type and length, key pairs generated, and named parameters. */
final class Keys {
    static final byte INS = (byte) 0x40;
    static final byte INS_GENERATE = INS + 1;

    private Keys() {
    }

    static Object make(byte ins, byte[] data, short at) {
        switch (ins) {
        case INS:
            return KeyBuilder.buildKey(data[at],
                Util.getShort(data, (short) (at + 1)), false);
        case INS_GENERATE:
            return generate(data[at], Util.getShort(data, (short) (at + 1)));
        case INS + 2:
            return NamedParameterSpec.getInstance(Util.getShort(data, at));
        case INS + 3:
            return KeyBuilder.buildXECKey(
                NamedParameterSpec.getInstance(Util.getShort(data, at)),
                KeyBuilder.ATTR_PRIVATE, false);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return null;
        }
    }

    private static KeyPair generate(byte algorithm, short length) {
        KeyPair pair = new KeyPair(algorithm, length);

        pair.genKeyPair();
        return pair;
    }
}
