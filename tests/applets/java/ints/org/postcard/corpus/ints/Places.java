package org.postcard.corpus.ints;

import org.postcard.corpus.base.Log;

/* Ints in fields, statics, elements, parameters, results and many locals. */
class Places {
    private static int shared = 123456789;
    private static int unset;
    private static final int[] TABLE = {1, -1, 0x7FFFFFFF, 0x80000000};
    private int own = -70000;
    private byte small = 5;
    private int[] cells = new int[4];
    private short calls;

    Places() {
        own++;
    }

    Places(int own, short by, int more) {
        this.own = own * by + more;
    }

    private short next() {
        return (short) (calls++ & 3);
    }

    private Places self() {
        calls++;
        return this;
    }

    void fields(Log log) {
        log.put(shared);
        log.put(unset);
        log.put(own);
        own += 5;
        own *= small;
        this.own -= shared++;
        log.put(own);
        log.put(own++);
        log.put(--own);
        self().own ^= 0x55555;
        log.put(self().own <<= 2);
        log.put(self().own--);
        shared >>= 3;
        shared += own >>> 4;
        log.put(shared--);
        log.put(shared = own = unset = 5);
        log.put(small += own * 1000);
        log.put(new Places(100000, (short) 3, -1).own);
        log.put(calls);
    }

    void elements(Log log) {
        cells[next()] = 100000;
        cells[next()] += 5;
        cells[next()] -= -2000000;
        cells[0] *= cells[1];
        cells[3] = cells[0]++ + --cells[1];
        log.put(cells[0]);
        log.put(cells[1]);
        log.put(cells[2]);
        log.put(cells[3]);
        log.put(cells[next()]++);
        log.put(cells[next()] = cells[next()] = -9);
        for (int v : TABLE)
            log.put(v);
        for (short i = 0; i < cells.length; i++)
            cells[i] += i;
        int sum = 0;
        for (int i = 0; i < cells.length; i++)
            sum += cells[i] << i;
        log.put(sum);
        Object o = cells;
        log.put(o instanceof int[]);
        log.put(o instanceof short[]);
        log.put(((int[]) o)[1]);
        try {
            cells[4] = 1;
        } catch (ArrayIndexOutOfBoundsException e) {
            log.threw(e);
        }
        log.put((short) calls);
    }

    private static int mix(byte a, int b, short c, int d, boolean e, int f) {
        return e ? a + b * c - d : f - (b ^ d) + c;
    }

    private int longer(int a, Object o, int b, byte c) {
        return o == null ? a - b : a * c + own;
    }

    void calls(Log log) {
        log.put(mix((byte) 1, 70000, (short) -3, 5, true, 9));
        log.put(mix((byte) 1, 70000, (short) -3, 5, false, 9));
        log.put(mix(small, small, small, small, small > 2, small));
        log.put(longer(1, null, 80000, (byte) 7));
        log.put(longer(90000, this, 80000, (byte) 7));
        log.put(factorial(12));
        log.put(sum(1, sum(2, sum(3, 4))));
        log.put((short) factorial(9));
        log.put(pick(true, (short) 4, 400000));
        log.put(pick(false, (short) 4, 400000));
    }

    private static int pick(boolean first, short a, int b) {
        return first ? a : b;
    }

    private static int sum(int a, int b) {
        return a * 10 + b;
    }

    private static int factorial(int n) {
        return n <= 1 ? 1 : n * factorial(n - 1);
    }

    /* Wide locals beyond the first four places, next to narrow ones. */
    void locals(Log log) {
        int a = 1, b = 20000, c = 300000;
        short d = 4;
        int e = 5;
        Object f = this;
        int g = -7;
        byte i = 8;
        int j = 90000, k = 10;
        for (int n = 0; n < 7; n++) {
            a += b;
            b -= d;
            c ^= e;
            d += i;
            e = e * 3 + n;
            g = f == this ? g << 1 : 0;
            i++;
            j--;
            k += j > c ? a : b;
            int inner = k * n;
            j ^= inner;
        }
        log.put(a);
        log.put(b);
        log.put(c);
        log.put(d);
        log.put(e);
        log.put(g);
        log.put(i);
        log.put(j);
        log.put(k);
        /* A place used for an int and then for something else. */
        {
            int once = k + 1;
            log.put(once);
        }
        {
            short then = d;
            Object or = f;
            log.put(then);
            log.put(or == this);
        }
    }

    @SuppressWarnings("finally")
    private static int left(int n) {
        int r = n;
        try {
            if (n > 70000)
                throw new RuntimeException();
            return r += 5;
        } catch (RuntimeException e) {
            r *= 2;
            return r;
        } finally {
            r += 1000000;
            if (n < 0)
                return r;
        }
    }

    void leaving(Log log) {
        log.put(left(3));
        log.put(left(80000));
        log.put(left(-80000));
    }
}
