package org.postcard.corpus.exceptions;

import org.postcard.corpus.base.Log;

/* What the machine throws by itself. */
final class BuiltIn {
    private static final byte[] BYTES = {1, 2, 3};
    private static BuiltIn nobody;
    private short field = 3;

    private BuiltIn() {
    }

    private short get() {
        return field;
    }

    private static void provoke(short n, short zero, Object self)
        throws Exception {
        byte[] bytes = n == 5 ? null : BYTES;
        switch (n) {
        case 0:
            zero = (short) (5 / zero);
            break;
        case 1:
            zero = (short) (5 % zero);
            break;
        case 2:
            bytes[3] = 1;
            break;
        case 3:
            zero = bytes[(short) (zero - 1)];
            break;
        case 4:
            zero = bytes[(short) -32768];
            break;
        case 5:
            zero = (short) bytes.length;
            break;
        case 6:
            zero = nobody.field;
            break;
        case 7:
            nobody.field = 1;
            break;
        case 8:
            nobody.get();
            break;
        case 9:
            bytes = new byte[(short) (zero - 1)];
            break;
        case 10:
            self = (Trouble) self;
            break;
        case 11:
            Object[] objects = new Trouble[2];
            objects[0] = self;
            break;
        case 12:
            bytes = (byte[]) self;
            break;
        case 13:
            throw (Exception) (zero == 0 ? null : self);
        case 14:
            zero %= zero;
            break;
        case 15:
            BYTES[zero] /= zero;
            break;
        case 16:
            objects = new Object[(short) -5];
            break;
        case 17:
            nobody.field += 1;
            break;
        default:
            break;
        }
    }

    static void each(Log log) {
        Object self = new BuiltIn();
        for (short n = 0; n < 19; n++) {
            try {
                provoke(n, (short) 0, self);
                log.mark(n);
            } catch (Exception e) {
                log.threw(e);
            }
        }
        log.put(BYTES[0]);
    }

    /* Each handler takes what it names and what is below that. */
    static void sorted(Log log) {
        Object self = new BuiltIn();
        for (short n = 0; n < 19; n++) {
            try {
                try {
                    provoke(n, (short) 0, self);
                } catch (ArithmeticException e) {
                    log.mark((short) 1);
                } catch (ArrayIndexOutOfBoundsException e) {
                    log.mark((short) 2);
                } catch (NullPointerException | ClassCastException e) {
                    log.mark((short) 3);
                }
            } catch (RuntimeException e) {
                log.threw(e);
            } catch (Throwable e) {
                log.mark((short) 4);
            }
        }
    }

    private static short deep(short n) {
        if (n == 0) {
            Surprise s = new Surprise();
            s.note = 321;
            throw s;
        }
        return (short) (deep((short) (n - 1)) + 1);
    }

    /* Up through several frames, with cells left on their stacks. */
    static void unwound(Log log) {
        short kept = 17;
        try {
            kept += 3 * deep((short) 6);
        } catch (Surprise e) {
            log.put(e.note);
        }
        log.put(kept);
        for (short i = 0; i < 3; i++)
            try {
                log.put((short) (i + deep(i) * i));
            } catch (RuntimeException e) {
                log.threw(e);
            }
    }
}
