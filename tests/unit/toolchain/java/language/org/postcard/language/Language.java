package org.postcard.language;

/** What the Java Card language leaves out: each marked line is refused. */
public class Language {
    static final byte[] FINE = {1, 2};
    static final Object NOT = new Object(); // refused

    static void numbers(short a) {
        long l = a; // refused
        float f = a; // refused
        double d = 1.5; // refused
        char c = (char) a; // refused
        if (l + f + d > c) a++; // refused
    }

    static Object texts(short a) {
        return "text"; // refused
    }

    static void threads(Object o, short a) {
        synchronized (o) { // refused
            a++;
        } // refused
    }

    static synchronized short locked(short a) {
        return a; // refused
    }

    static byte[][] arrays() {
        return new byte[2][2]; // refused
    }

    static Runner lambda() {
        return () -> 1; // refused
    }

    static short clone(byte[] a) {
        return (short) a.clone().length; // refused
    }

    static native void machine();

    interface Runner {
        short run();
    }
}
