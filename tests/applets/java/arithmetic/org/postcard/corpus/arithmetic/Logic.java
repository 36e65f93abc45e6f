package org.postcard.corpus.arithmetic;

import org.postcard.corpus.base.Log;

/* Booleans: short cuts, the strict operators, ternaries and what they become
 * as values, as conditions and as arguments. */
final class Logic {
    private short calls;

    private boolean say(boolean v) {
        calls++;
        return v;
    }

    void cuts(Log log) {
        for (short n = 0; n < 8; n++) {
            boolean a = (n & 1) != 0;
            boolean b = (n & 2) != 0;
            boolean c = (n & 4) != 0;
            calls = 0;
            log.put(say(a) && say(b) || say(c));
            log.put(say(a) || say(b) && say(c));
            log.put(!(say(a) && !say(b)) & say(c));
            log.put((short) (calls * 100 + (say(a) ? say(b) ? 1 : 2 : 3)));
        }
    }

    void strict(Log log) {
        for (short n = 0; n < 8; n++) {
            boolean a = (n & 1) != 0;
            boolean b = (n & 2) != 0;
            boolean c = (n & 4) != 0;
            calls = 0;
            boolean r = say(a) & say(b) | say(c) ^ say(a);
            r ^= a == b;
            r |= b != c;
            r &= !a;
            if (r ^ c && a | b)
                calls += 10;
            log.put((short) (calls + (r ? 1000 : 2000)));
        }
    }

    void ternaries(Log log) {
        Values.open();
        for (short a : Values.SHORTS) {
            byte b = (byte) a;
            Values.add(a > 0 ? a : b);
            Values.add((short) (a > 0 ? b : a < -5 ? 3 : a * 2));
            Values.add(a > 5 ? a < 100 : a > -3);
            Values.add(pick(a == 1 || a == -1, a > b ? b : (byte) 9));
            short c = a > 7 ? (byte) 1 : (short) 300;
            Values.add(c);
            Object o = a > 0 ? (Object) this : Values.SHORTS;
            Values.add(o == this);
        }
        log.put(Values.sum());
    }

    private static short pick(boolean which, byte v) {
        return which ? v : (short) -v;
    }

    void conditions(Log log) {
        short n = 0;
        for (short a : Values.SHORTS) {
            if (a > 0 && a < 100 || a == -1)
                n++;
            if (!(a > 0 || a < -100) && a != -1)
                n += 10;
            if (a > 0 ? a < 50 : a > -50)
                n += 100;
            while (a > 32000 && n > 5)
                n -= 5;
            if ((a & 1) == 0 == (a > 7))
                n ^= 0x100;
        }
        log.put(n);
    }
}
