package org.postcard.corpus.arithmetic;

import org.postcard.corpus.base.Log;

/* Compound assignments and steps on each kind of place. */
final class Assign {
    private static short shared;
    private static byte sharedByte;
    private static boolean sharedFlag;
    private short own;
    private byte ownByte;
    private boolean ownFlag;
    private final short[] shorts = new short[4];
    private final byte[] bytes = new byte[4];
    private final boolean[] flags = new boolean[4];
    private short calls;

    static void locals(Log log) {
        Values.open();
        for (short v : Values.SHORTS) {
            short a = v;
            byte b = (byte) v;
            a += 3;
            a -= b;
            a *= 7;
            b += a;
            a /= 3;
            b -= 1000;
            a %= 1000;
            b *= b;
            a &= 0x7FF;
            a |= b;
            a ^= 0x55;
            b ^= a;
            b |= 1;
            a <<= 3;
            b <<= 1;
            a >>= b;
            b >>= 1;
            a >>>= 2;
            b >>>= 1;
            b >>>= 25;
            a++;
            ++a;
            b--;
            --b;
            a += b++ + ++b - b-- * --b;
            Values.add(a);
            Values.add(b);
        }
        log.put(Values.sum());
    }

    /* Locals beyond the first four, with constants of all sizes. */
    static void manyLocals(Log log) {
        short a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9;
        byte j = 10, k = 11;
        for (short n = 0; n < 20; n++) {
            a += 1;
            b += 127;
            c += -128;
            d += 128;
            e -= 129;
            f += 1000;
            g += 32767;
            h -= 32768;
            i++;
            j += 100;
            k -= 77;
            i--;
            i += a + b;
        }
        short[] all = {a, b, c, d, e, f, g, h, i, j, k};
        for (short v : all)
            log.put(v);
    }

    static void statics(Log log) {
        Values.open();
        for (short v : Values.SHORTS) {
            shared = v;
            sharedByte = (byte) v;
            shared += 5;
            shared -= sharedByte;
            shared *= 3;
            sharedByte += shared;
            shared /= 7;
            shared %= 311;
            shared <<= 2;
            shared >>= 1;
            shared >>>= sharedByte;
            sharedByte >>>= 3;
            shared ^= sharedByte;
            shared++;
            --sharedByte;
            Values.add(shared++);
            Values.add(sharedByte--);
            sharedFlag = shared > sharedByte;
            sharedFlag &= v > 0;
            sharedFlag |= v == 7;
            sharedFlag ^= v < 100;
            Values.add(sharedFlag);
            Values.add(shared = sharedByte = (byte) (v * 5));
        }
        Values.add(shared);
        log.put(Values.sum());
    }

    void fields(Log log) {
        Values.open();
        for (short v : Values.SHORTS) {
            own = v;
            ownByte = (byte) (v >> 3);
            own += 5;
            own -= ownByte;
            own *= 3;
            ownByte += own;
            own /= 7;
            this.own %= 311;
            own <<= 2;
            own >>= 1;
            own >>>= ownByte;
            ownByte >>>= 3;
            own ^= ownByte;
            own++;
            --ownByte;
            Values.add(own++);
            Values.add(ownByte--);
            Values.add(++self().own);
            self().own += self().ownByte *= 3;
            ownFlag = own > ownByte;
            ownFlag &= v > 0;
            ownFlag |= v == 7;
            ownFlag ^= v < 100;
            Values.add(ownFlag);
            Values.add(own = ownByte = (byte) (v * 5));
        }
        Values.add(calls);
        Values.add(own);
        log.put(Values.sum());
    }

    private Assign self() {
        calls++;
        return this;
    }

    private short next() {
        return (short) (calls++ & 3);
    }

    void elements(Log log) {
        Values.open();
        for (short v : Values.SHORTS) {
            shorts[next()] += v;
            shorts[next()] *= 3;
            bytes[next()] -= v;
            bytes[next()] ^= shorts[0];
            shorts[1] /= 3;
            shorts[2] %= 100;
            shorts[3] <<= 1;
            bytes[0] >>= 1;
            bytes[1] >>>= 1;
            bytes[2] |= 5;
            bytes[3] &= ~2;
            shorts[next()]++;
            ++bytes[next()];
            Values.add(shorts[next()]--);
            Values.add(--bytes[next()]);
            flags[next()] |= v > 3;
            flags[next()] ^= v < 3;
            flags[next()] &= shorts[next()] != 1;
            Values.add(shorts[next()] = bytes[next()] = (byte) v);
        }
        for (short i = 0; i < 4; i++) {
            Values.add(shorts[i]);
            Values.add(bytes[i]);
            Values.add(flags[i]);
        }
        log.put(Values.sum());
    }

    /* The left side is done before the right, once. */
    void order(Log log) {
        calls = 0;
        short i = 0;
        shorts[0] = 10;
        shorts[1] = 20;
        shorts[i] += i = 1;
        shorts[i++] += i++;
        log.put(shorts[0]);
        log.put(shorts[1]);
        log.put(i);
        i = (short) (i++ + i++ * --i);
        log.put(i);
        i += i++ - ++i;
        log.put(i);
        shorts[next()] = (short) (next() * 10 + next());
        log.put(shorts[0]);
        try {
            shorts[i = 99] = next();
        } catch (ArrayIndexOutOfBoundsException e) {
            log.threw(e);
        }
        log.put(i);
        log.put(calls);
        try {
            bytes[3] = (byte) (calls / (short) (calls - calls));
        } catch (ArithmeticException e) {
            log.threw(e);
        }
        log.put(bytes[3]);
    }
}
