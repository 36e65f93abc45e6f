package org.postcard.corpus.accessors;

import org.postcard.corpus.base.Log;

/*
 * Compound assignments to what is private to another class of the same nest.
 * Before class files knew nests, javac made methods for them that take an int.
 */
class Host {
    private short number = 5;
    private static short shared = 50;
    private byte small = 1;
    private boolean flag;

    class Guest {
        private short own = 9;

        void work(Log log) {
            number += 3;
            number -= own * 1000;
            number *= 7;
            number /= 3;
            number %= 1000;
            number <<= 2;
            number >>= 1;
            number >>>= 1;
            number ^= 0x5555;
            shared -= 2;
            shared += shared++;
            small <<= 2;
            small |= 0x33;
            small *= small;
            flag ^= true;
            flag |= own > 3;
            log.put(number += own);
            log.put(small -= 100);
            log.put(shared);
            log.put(flag &= own < 3);
            log.put(number);
        }
    }

    void host(Log log) {
        Guest g = new Guest();
        g.own *= 3;
        g.work(log);
        g.own -= number;
        log.put(g.own);
        log.put(g.own >>= 1);
    }
}
