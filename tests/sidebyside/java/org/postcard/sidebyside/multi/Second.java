package org.postcard.sidebyside.multi;

/* Another applet of the same context. */
public class Second extends Main {
    public static void install(byte[] b, short at, byte length) {
        new Second().register();
    }
}
