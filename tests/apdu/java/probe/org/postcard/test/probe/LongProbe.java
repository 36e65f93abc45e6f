package org.postcard.test.probe;

import javacardx.apdu.ExtendedLength;

/** The same, for extended lengths. */
public final class LongProbe extends Probe implements ExtendedLength {
    private LongProbe() {
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new LongProbe().register(parameters, (short) (offset + 1),
            parameters[offset]);
    }
}
