package org.postcard.corpus.subroutines;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

/** What compilers to Java 1.1 to 1.4 turn into subroutines and accessors. */
public class Main extends CaseApplet {
    private static short trace;
    private short hidden = 4;
    private static short count;

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) {
        byte[] d = {1, 2, 3, 4};
        trace = 0;
        short a = log.s();
        switch (number) {
        case 0:
            log.put(simple(a));
            break;
        case 1:
            log.put(nested(a, d));
            break;
        case 2:
            log.put(loop(a));
            break;
        case 3:
            log.put(never(a));
            break;
        case 4:
            log.put(kinds(a, d));
            break;
        case 5:
            onlyThrow(a);
            break;
        case 6:
            log.put(new Inner().f(a));
            log.put(hidden);
            log.put(count);
            break;
        default:
            return false;
        }
        log.put(trace);
        log.put(d[0]);
        return true;
    }

    static short simple(short a) {
        try {
            trace += 1;
            return (short) (10 / a);
        } finally {
            trace += 100;
        }
    }

    static short nested(short a, byte[] d) {
        short r = 0;
        try {
            try {
                r = d[a];
            } finally {
                r += 5;
                trace++;
                if (a == 3)
                    return r;
            }
            r += 1;
        } catch (ArrayIndexOutOfBoundsException e) {
            r = -1;
        } finally {
            short k = 7;
            try {
                r += (short) (k / a);
            } catch (ArithmeticException e) {
                r = -2;
            } finally {
                trace += k;
            }
        }
        return r;
    }

    /* Jumps that leave a subroutine without its ret. */
    static short loop(short n) {
        short r = 0;
        for (short i = 0; i < n; i++) {
            try {
                if (i == 2)
                    continue;
                if (i == 5)
                    break;
                r += i;
            } finally {
                r += 10;
                if (r > 100)
                    break;
            }
        }
        return r;
    }

    /* A subroutine that never comes back. */
    static short never(short a) {
        while (true) {
            try {
                return a;
            } finally {
                if (a > 3) {
                    a--;
                    continue;
                }
                return (short) (a + 50);
            }
        }
    }

    /* One local, of different kinds around two uses of one subroutine. */
    static short kinds(short a, byte[] d) {
        try {
            if (a > 2) {
                short x = d[a];
                return x;
            }
            byte[] x = d;
            x[0]++;
            return x[0];
        } finally {
            trace++;
        }
    }

    static void onlyThrow(short a) {
        try {
            throw new RuntimeException();
        } finally {
            trace = a;
        }
    }

    private short add(short x) {
        return (short) (x + hidden);
    }

    private class Inner {
        private short own = 3;

        private short f(short z) {
            hidden++;
            count--;
            own += z;
            return (short) (add(z) + hidden + count + own);
        }
    }
}
