package org.postcard.shapes;

import javacard.framework.ISOException;
import javacard.framework.UserException;

/** Control flow: loops, switches, exceptions, conditions. */
class Flow {
    short state;

    static short dense(short v) {
        switch (v) {
            case -1:
                return 10;
            case 0:
            case 1:
                return 20;
            case 2:
                v += 3;
                break;
            case 4:
                return 30;
            default:
                v = 5;
        }
        return v;
    }

    static short sparse(short v) {
        switch (v) {
            case -30000:
                return 1;
            case 0:
                return 2;
            case 30000:
                return 3;
        }
        return 4;
    }

    static short bytes(byte v) {
        switch (v) {
            case (byte) 0x80:
                return 1;
            case (byte) 0xB0:
                return 2;
            case 0x7F:
                return 3;
            default:
                return 4;
        }
    }

    static short loops(byte[] data) {
        short sum = 0;
        outer:
        for (short i = 0; i < data.length; i++) {
            for (byte j = 0; j < 3; ++j) {
                if (data[i] == j) {
                    continue outer;
                }
                if (sum > 1000) {
                    break outer;
                }
            }
            sum += data[i];
        }
        do {
            sum--;
        } while (sum > 0 && (sum & 1) != 0);
        while (true) {
            if (sum-- < -10) {
                return sum;
            }
        }
    }

    short exceptions(short v) {
        try {
            try {
                if (v == 1) {
                    ISOException.throwIt((short) 0x6A80);
                }
                if (v == 2) {
                    UserException.throwIt((short) 5);
                }
                state = (short) (100 / v);
            } catch (ISOException e) {
                state = e.getReason();
                throw e;
            } catch (UserException e) {
                state = 2;
                return 2;
            } finally {
                state++;
            }
            for (short i = 0; i < 3; i++) {
                try {
                    if (i == 1) {
                        continue;
                    }
                    state += i;
                } finally {
                    state += 10;
                }
            }
        } catch (ArithmeticException e) {
            return -1;
        } catch (RuntimeException e) {
            return again();
        }
        return state;
    }

    private short again() {
        try {
            return state;
        } finally {
            try {
                state = 0;
                throw new NullPointerException();
            } catch (NullPointerException e) {
                state = 9;
            }
        }
    }

    static boolean conditions(boolean a, boolean b, Object o, Object p) {
        boolean c = a && !b || a ^ b;
        boolean d = o == p | (o != null & p == null);
        a &= c;
        b |= d;
        return a ? b : !(c == d);
    }

    static Object references(Object o, Object[] all, short i) {
        if (o instanceof byte[]) {
            return (byte[]) o;
        }
        if (o instanceof Object[]) {
            return ((Object[]) o)[i];
        }
        if (o instanceof Base[]) {
            return ((Base[]) o)[0].tag;
        }
        all[i] = o == null ? all : o;
        Base[] made = new Base[3];
        made[(short) (i % 3)] = (Base) all[0];
        return made;
    }

    static short far(short v) {
        short r = 0;
        if (v == 0) {
            r += 1000; r += 1001; r += 1002; r += 1003; r += 1004; r += 1005; r += 1006; r += 1007;
            r += 2000; r += 2001; r += 2002; r += 2003; r += 2004; r += 2005; r += 2006; r += 2007;
            r += 3000; r += 3001; r += 3002; r += 3003; r += 3004; r += 3005; r += 3006; r += 3007;
            r *= 3; r *= 5; r *= 7; r *= 9; r *= 11; r *= 13; r *= 15; r *= 17; r *= 19; r *= 21;
            r ^= 0x1234; r |= 0x0100; r &= 0x7FFF; r <<= 2; r >>= 1; r >>>= 1; r /= 3; r %= 100;
        }
        return r;
    }
}
