package org.postcard.corpus.user;

import org.postcard.corpus.library.Overflow;
import org.postcard.corpus.library.Tank;

class Barrel extends Tank {
    short filled;
    short hidden = 4000;

    Barrel(short level) {
        super(level);
        filled += 100;
    }

    public void fill() {
        filled = 7;
        level += step;
        sum += 70000;
    }

    protected short leak(short by) {
        return (short) (super.leak((short) (by + 1)) + hidden);
    }

    /* Not the one of the library, which cannot be seen from here. */
    short secret() {
        return 9;
    }

    short own() {
        return secret();
    }

    public boolean isFull() {
        return open && super.isFull();
    }

    short pour(short more) throws Overflow {
        level += more;
        Overflow.check(level);
        return leak((short) 3);
    }

    int sum() {
        return sum--;
    }
}
