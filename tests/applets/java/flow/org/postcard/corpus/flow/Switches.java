package org.postcard.corpus.flow;

import org.postcard.corpus.base.Log;

/* Switches: dense, sparse, falling through, nested, with and without default,
 * at the ends of what a key can be. */
final class Switches {
    static final short FIRST = 20;
    static final short SECOND = FIRST + 1;

    private Switches() {
    }

    static short dense(short v) {
        switch (v) {
        case 0:
            return 10;
        case 1:
            return 11;
        case 2:
            return 12;
        case 3:
            return 13;
        case 5:
            return 15;
        default:
            return -1;
        }
    }

    static short below(short v) {
        short r = 0;
        switch (v) {
        case -3:
            r += 1;
        case -2:
            r += 10;
        case -1:
            r += 100;
            break;
        case 0:
        case 1:
            r += 1000;
        default:
            r += 5;
        case 2:
            r += 7;
        }
        return r;
    }

    static short sparse(short v) {
        switch (v) {
        case -32768:
            return 1;
        case -1000:
            return 2;
        case 0:
            return 3;
        case 77:
            return 4;
        case 4000:
            return 5;
        case 32767:
            return 6;
        }
        return 7;
    }

    static short highest(short v) {
        switch (v) {
        case 32764:
            return 1;
        case 32765:
            return 2;
        case 32766:
            return 3;
        case 32767:
            return 4;
        default:
            return 0;
        }
    }

    static short lowest(short v) {
        switch (v) {
        case -32768:
            return 1;
        case -32767:
            return 2;
        case -32766:
            return 3;
        default:
            return 0;
        }
    }

    static short ofBytes(byte v) {
        switch (v) {
        case -128:
            return 1;
        case 127:
            return 2;
        case FIRST:
            return 3;
        case SECOND:
            return 4;
        case (byte) 0x80 + 1:
            return 5;
        default:
            return v;
        }
    }

    static short ofExpressions(short v, byte b) {
        switch (v & 0x0F | (b & 1) << 4) {
        case 0:
            return 1;
        case 15:
            return 2;
        case 16:
            return 3;
        case 31:
            return 4;
        default:
            switch ((short) (v + b)) {
            case 0:
                return 5;
            case 1:
            case -1:
                return 6;
            default:
                return 7;
            }
        }
    }

    static short inLoop(short v) {
        short r = 0;
        loop:
        for (short i = 0; i < 10; i++) {
            switch ((short) (i * v & 7)) {
            case 0:
                continue;
            case 1:
                r += 1;
                break;
            case 2:
                r += 20;
                continue loop;
            case 3:
                if (r > 100)
                    break loop;
                r += 300;
            case 4:
                r++;
                break;
            default:
                r--;
            }
            r <<= 1;
        }
        return r;
    }

    static short only(short v) {
        switch (v) {
        default:
            return (short) (v + 1);
        }
    }

    static short none(short v) {
        switch (v++) {
        }
        return v;
    }

    static short one(short v) {
        switch (v) {
        case 9:
            v = 1;
        }
        return v;
    }

    static void all(Log log) {
        short[] values = {0, 1, 2, 3, 4, 5, 6, -1, -2, -3, -4, 7, 9, 15, 16, 20,
            21, 31, 77, 127, -127, -128, -1000, 4000, 32763, 32764, 32765,
            32766, 32767, -32766, -32767, -32768};
        short h = 0;
        for (short v : values) {
            h = (short) (h * 31 + dense(v));
            h = (short) (h * 31 + below(v));
            h = (short) (h * 31 + sparse(v));
            h = (short) (h * 31 + highest(v));
            h = (short) (h * 31 + lowest(v));
            h = (short) (h * 31 + ofBytes((byte) v));
            h = (short) (h * 31 + ofExpressions(v, (byte) (v >> 1)));
            h = (short) (h * 31 + inLoop(v));
            h = (short) (h * 31 + only(v));
            h = (short) (h * 31 + none(v));
            h = (short) (h * 31 + one(v));
            if ((v & 1) == 0)
                log.put(h);
        }
        log.put(h);
    }
}
