package javacard.framework;

import java.util.Arrays;

/* A name of 5 to 16 bytes. */
public class AID {
    final byte[] bytes;

    public AID(byte[] from, short offset, byte length) {
        bytes = Arrays.copyOfRange(from, offset, offset + length);
    }

    public final boolean equals(byte[] from, short offset, byte length) {
        return Arrays.equals(bytes,
            Arrays.copyOfRange(from, offset, offset + length));
    }

    @Override
    public final boolean equals(Object other) {
        return other instanceof AID && Arrays.equals(bytes, ((AID) other).bytes);
    }

    @Override
    public final int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
