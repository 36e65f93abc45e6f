package org.postcard.corpus.arithmetic;

import org.postcard.corpus.base.Log;

/* Every operator of two shorts, of two bytes and of one of each. */
final class Binary {
    private Binary() {
    }

    static void shorts(Log log) {
        for (byte op = 0; op < 8; op++) {
            Values.open();
            for (short a : Values.SHORTS)
                for (short b : Values.SHORTS)
                    Values.add(two(op, a, b));
            log.put(Values.sum());
        }
    }

    static void bytes(Log log) {
        for (byte op = 0; op < 8; op++) {
            Values.open();
            for (byte a : Values.BYTES)
                for (byte b : Values.BYTES) {
                    Values.add(two(op, a, b));
                    Values.add(twoBytes(op, a, b));
                }
            log.put(Values.sum());
        }
    }

    static void mixed(Log log) {
        for (byte op = 0; op < 8; op++) {
            Values.open();
            for (byte a : Values.BYTES)
                for (short b : Values.SHORTS) {
                    Values.add(mixedTwo(op, a, b));
                    Values.add(two(op, b, a));
                }
            log.put(Values.sum());
        }
    }

    private static short two(byte op, short a, short b) {
        try {
            switch (op) {
            case 0:
                return (short) (a + b);
            case 1:
                return (short) (a - b);
            case 2:
                return (short) (a * b);
            case 3:
                return (short) (a / b);
            case 4:
                return (short) (a % b);
            case 5:
                return (short) (a & b);
            case 6:
                return (short) (a | b);
            default:
                return (short) (a ^ b);
            }
        } catch (ArithmeticException e) {
            return 77;
        }
    }

    private static byte twoBytes(byte op, byte a, byte b) {
        try {
            switch (op) {
            case 0:
                return (byte) (a + b);
            case 1:
                return (byte) (a - b);
            case 2:
                return (byte) (a * b);
            case 3:
                return (byte) (a / b);
            case 4:
                return (byte) (a % b);
            case 5:
                return (byte) (a & b);
            case 6:
                return (byte) (a | b);
            default:
                return (byte) (a ^ b);
            }
        } catch (ArithmeticException e) {
            return 77;
        }
    }

    private static short mixedTwo(byte op, byte a, short b) {
        try {
            switch (op) {
            case 0:
                return (short) (a + b);
            case 1:
                return (short) (a - b);
            case 2:
                return (short) (a * b);
            case 3:
                return (short) (a / b);
            case 4:
                return (short) (a % b);
            case 5:
                return (short) (a & b);
            case 6:
                return (short) (a | b);
            default:
                return (short) (a ^ b);
            }
        } catch (ArithmeticException e) {
            return 77;
        }
    }

    static void shifts(Log log) {
        for (byte op = 0; op < 3; op++) {
            Values.open();
            for (short a : Values.SHORTS)
                for (short n = -3; n < 40; n++) {
                    Values.add(shift(op, a, n));
                    Values.add(shift(op, (byte) a, n));
                    Values.add((byte) shift(op, a, n));
                }
            log.put(Values.sum());
        }
    }

    private static short shift(byte op, short a, short n) {
        switch (op) {
        case 0:
            return (short) (a << n);
        case 1:
            return (short) (a >> n);
        default:
            return (short) (a >>> n);
        }
    }

    /* Counts that javac knows: they choose other instructions. */
    static void constantShifts(Log log) {
        Values.open();
        for (short a : Values.SHORTS) {
            Values.add((short) (a << 1));
            Values.add((short) (a << 8));
            Values.add((short) (a << 15));
            Values.add((short) (a << 16));
            Values.add((short) (a << 33));
            Values.add((short) (a >> 1));
            Values.add((short) (a >> 8));
            Values.add((short) (a >> 15));
            Values.add((short) (a >> 31));
            Values.add((short) (a >>> 1));
            Values.add((short) (a >>> 8));
            Values.add((short) (a >>> 15));
            Values.add((short) (a >>> 16));
            Values.add((short) (a >>> 24));
            Values.add((short) (a >>> 31));
            Values.add((short) ((a & 0xFF) << 8 | (a >> 8) & 0xFF));
        }
        log.put(Values.sum());
    }

    static void unary(Log log) {
        Values.open();
        for (short a : Values.SHORTS) {
            Values.add((short) -a);
            Values.add((short) ~a);
            Values.add((short) +a);
            Values.add((byte) -a);
            Values.add((byte) ~a);
            Values.add((short) -(byte) a);
            Values.add((short) -(short) -a);
        }
        log.put(Values.sum());
        for (boolean z : Values.BOOLEANS)
            log.put(!z);
    }

    static void casts(Log log) {
        Values.open();
        for (short a : Values.SHORTS) {
            Values.add((byte) a);
            Values.add((short) (byte) a);
            Values.add((short) ((byte) a + a));
            Values.add((short) ((short) (byte) (a * 3) * 5));
            Values.add((short) (a & 0xFF));
            Values.add((short) (a & 0xFFFF));
            Values.add((short) (a + 0x10000));
            Values.add((short) (a * 70000));
            Values.add((short) (a - 0x7FFFFFFF));
        }
        log.put(Values.sum());
    }

    static void comparisons(Log log) {
        Values.open();
        for (short a : Values.SHORTS) {
            for (short b : Values.SHORTS) {
                Values.add(a < b);
                Values.add(a <= b);
                Values.add(a > b);
                Values.add(a >= b);
                Values.add(a == b);
                Values.add(a != b);
                Values.add((byte) a < b);
                Values.add((byte) a == (byte) b);
            }
            Values.add(a < 0);
            Values.add(a <= 0);
            Values.add(a > 0);
            Values.add(a >= 0);
            Values.add(a == 0);
            Values.add(a != 0);
            Values.add(!(a < 0));
        }
        log.put(Values.sum());
    }

    /* What only has to be right once it is cut to 16 bits. */
    static void uncast(Log log) {
        Values.open();
        for (short a : Values.SHORTS)
            for (short b : Values.SHORTS) {
                Values.add((short) (a + b - a * b + (a ^ b) * 31));
                Values.add((short) ((a << 3) + (b << 5) - ~a));
                Values.add((byte) (a * a + b * b + 0x12345));
                Values.add((short) ((a + b & 0xFF) / 3));
                Values.add((short) ((a & 0x7F) * (b & 0x7F) / 7));
                Values.add((a & 0xFF) + (b & 0xFF) > 255);
                Values.add((short) ((byte) a * (byte) b / 5));
                Values.add((short) ((byte) a + (byte) b >> 1));
                Values.add((short) (a > b ? a * b : a + b));
            }
        log.put(Values.sum());
    }
}
