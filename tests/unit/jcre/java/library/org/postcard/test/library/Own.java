package org.postcard.test.library;

import java.io.IOException;
import javacard.framework.Resources;

/** An exception class with fields, whose objects applets make. */
public class Own extends RuntimeException implements Plain {
    public short value;
    public Object reference;

    public Own(short value) {
        this.value = value;
    }

    /** What came with this package. */
    public static byte[] resource() throws IOException {
        return Resources.getResources().getView((short) 7);
    }

    public short plain() {
        return value;
    }
}
