package org.postcard.corpus.library;

import javacard.framework.UserException;

public class Overflow extends UserException {
    public final short by;

    public Overflow(short by) {
        super((short) (by * 2));
        this.by = by;
    }

    public static void check(short level) throws Overflow {
        if (level > Tank.LIMIT)
            throw new Overflow((short) (level - Tank.LIMIT));
    }
}
