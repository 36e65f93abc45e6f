package org.postcard.corpus.flow;

import org.postcard.corpus.base.Log;

/* Loops of each form, left and continued from inside and from afar. */
final class Loops {
    private Loops() {
    }

    static void plain(Log log) {
        short n = 0;
        for (short i = 0; i < 10; i++)
            n += i;
        for (byte i = 10; i > 0; i -= 3)
            n -= i;
        short k = 5;
        while (k-- > 0)
            n += k;
        do
            n++;
        while (++k < 4);
        for (;;) {
            if (n > 100)
                break;
            n += 7;
        }
        while (true) {
            if ((n & 7) == 0)
                break;
            n--;
        }
        do {
            n++;
        } while (false);
        while (n < 0)
            n++;
        for (short i = 0, j = 10; i < j; i++, j--)
            n += i * j;
        log.put(n);
        log.put(k);
    }

    static void labels(Log log) {
        short n = 0;
        outer:
        for (short i = 0; i < 6; i++) {
            inner:
            for (short j = 0; j < 6; j++) {
                if (j == 4)
                    continue outer;
                if (i == 5)
                    break outer;
                if (i == j)
                    continue;
                short k = 0;
                while (true) {
                    if (k == 3)
                        continue inner;
                    if ((short) (k + i) > 5)
                        break inner;
                    k++;
                    n += i * 10 + k;
                }
            }
            n ^= 1;
        }
        log.put(n);
        block: {
            if (n > 0)
                break block;
            n = 0;
        }
        log.put(n);
        once: do {
            n++;
            if (n < 0)
                break once;
            if (n % 3 != 0)
                continue once;
            n += 100;
        } while (n % 5 != 0);
        log.put(n);
    }

    static void nested(Log log) {
        short n = 0;
        for (byte a = 0; a < 4; a++)
            for (byte b = a; b < 4; b++) {
                byte c = 0;
                do {
                    if (b == 2)
                        break;
                    for (byte d = c; d >= 0; d--)
                        n += a + b * c - d;
                } while (c++ < b);
            }
        log.put(n);
    }

    /* A loop in which nothing stands, and one that is not entered. */
    static void empty(Log log) {
        short i;
        for (i = 0; i < 50; i++) {
        }
        log.put(i);
        for (; i > 100;)
            i = 0;
        log.put(i);
        for (short j = 0; ; j++)
            if ((short) (j * j) > i) {
                log.put(j);
                return;
            }
    }

    static short recursive(short n) {
        return n <= 1 ? 1 : (short) (n * recursive((short) (n - 1)));
    }

    static short fibonacci(short n) {
        if (n < 2)
            return n;
        return (short) (fibonacci((short) (n - 1))
            + fibonacci((short) (n - 2)));
    }

    static boolean even(short n) {
        return n == 0 || odd((short) (n - 1));
    }

    static boolean odd(short n) {
        return n != 0 && even((short) (n - 1));
    }

    static short ackermann(short m, short n) {
        if (m == 0)
            return (short) (n + 1);
        if (n == 0)
            return ackermann((short) (m - 1), (short) 1);
        return ackermann((short) (m - 1), ackermann(m, (short) (n - 1)));
    }

    static void recursion(Log log) {
        log.put(recursive((short) 7));
        log.put(recursive((short) 12));
        log.put(fibonacci((short) 14));
        log.put(even((short) 21));
        log.put(odd((short) 21));
        log.put(ackermann((short) 2, (short) 3));
    }
}
