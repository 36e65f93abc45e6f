package org.postcard.corpus.leaving;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

/** A finally that is left for a loop which holds another one. */
public class Main extends CaseApplet {
    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) {
        byte[] d = {1, 2, 3, 4};
        log.put(twice(log.s(), d, log));
        return true;
    }

    /* One after the other, and in a loop, with a handler of its own inside. */
    static short twice(short a, byte[] d, Log log) {
        short r = 0;
        for (short i = -1; i < 2; i++) {
            try {
                r += (short) (a / i);
            } catch (ArithmeticException e) {
                log.mark(i);
            } finally {
                r += d[(short) (i + 1)];
                try {
                    r += d[a];
                } catch (ArrayIndexOutOfBoundsException e) {
                    log.mark((short) 9);
                    continue;
                } finally {
                    r++;
                }
            }
            try {
                r += i;
            } finally {
                r += (short) 20;
            }
        }
        return r;
    }
}
