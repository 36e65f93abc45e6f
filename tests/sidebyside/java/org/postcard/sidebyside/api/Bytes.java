package org.postcard.sidebyside.api;

import javacard.framework.JCSystem;
import javacard.framework.Util;
import org.postcard.corpus.base.Log;

/* Util: signs, ends, overlaps, and what is checked in which order. */
final class Bytes {
    private static final short N = 8;
    private final byte[] a = {0, 1, 2, 3, (byte) 0x80, (byte) 0xFF, 0x7F, 7};
    private final byte[] kept = new byte[N];
    private final byte[] lost = JCSystem.makeTransientByteArray(N,
        JCSystem.CLEAR_ON_RESET);

    boolean run(short step, Log log) {
        switch (step) {
        case 0:
            compare(log);
            return true;
        case 1:
            compareEnds(log);
            return true;
        case 2:
            copies(log);
            return true;
        case 3:
            copyEnds(log, true);
            return true;
        case 4:
            copyEnds(log, false);
            return true;
        case 5:
            overlaps(log);
            return true;
        case 6:
            shorts(log);
            return true;
        case 7:
            fills(log);
            return true;
        case 8:
            nulls(log);
            return true;
        case 9:
            halves(log);
            return true;
        default:
            return false;
        }
    }

    private void show(Log log, byte[] array) {
        for (short i = 0; i < array.length; i++)
            log.put(array[i]);
    }

    private void restore() {
        for (short i = 0; i < N; i++)
            kept[i] = (byte) i;
    }

    private void compare(Log log) {
        for (short i = 0; i < N; i++)
            for (short j = 4; j < N; j++)
                log.put(Util.arrayCompare(a, i, a, j, (short) 1));
        log.put(Util.arrayCompare(a, (short) 0, a, (short) 4, (short) 4));
        log.put(Util.arrayCompare(a, (short) 0, a, (short) 4, (short) 0));
    }

    private void compareAt(Log log, short at, short other, short n) {
        try {
            log.put(Util.arrayCompare(a, at, kept, other, n));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void compareEnds(Log log) {
        compareAt(log, N, N, (short) 0);
        compareAt(log, (short) (N + 1), (short) 0, (short) 0);
        compareAt(log, (short) 0, (short) (N + 1), (short) 0);
        compareAt(log, (short) -1, (short) 0, (short) 0);
        compareAt(log, (short) 0, (short) -1, (short) 1);
        compareAt(log, (short) 0, (short) 0, (short) -1);
        compareAt(log, (short) 1, (short) 0, N);
        compareAt(log, (short) 0, (short) 1, N);
        compareAt(log, (short) 0x7FFF, (short) 0, (short) 1);
        compareAt(log, (short) 1, (short) 1, (short) 0x7FFF);
    }

    private void copies(Log log) {
        restore();
        log.put(Util.arrayCopy(a, (short) 4, kept, (short) 1, (short) 3));
        show(log, kept);
        log.put(Util.arrayCopyNonAtomic(a, (short) 0, lost, (short) 0, N));
        show(log, lost);
        log.put(Util.arrayCopy(a, N, kept, N, (short) 0));
    }

    private void copyAt(Log log, boolean atomic, short at, short to, short n) {
        try {
            log.put(atomic ? Util.arrayCopy(a, at, kept, to, n)
                : Util.arrayCopyNonAtomic(a, at, kept, to, n));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void copyEnds(Log log, boolean atomic) {
        restore();
        copyAt(log, atomic, (short) -1, (short) 0, (short) 1);
        copyAt(log, atomic, (short) 0, (short) -1, (short) 1);
        copyAt(log, atomic, (short) 0, (short) 0, (short) -1);
        copyAt(log, atomic, (short) 1, (short) 0, N);
        copyAt(log, atomic, (short) 0, (short) 1, N);
        copyAt(log, atomic, (short) (N + 1), (short) 0, (short) 0);
        copyAt(log, atomic, (short) 0, (short) (N + 1), (short) 0);
        copyAt(log, atomic, N, (short) 0, (short) 0);
        copyAt(log, atomic, (short) 0x7FFF, (short) 0, (short) 0x7FFF);
        show(log, kept);
    }

    private void overlaps(Log log) {
        restore();
        Util.arrayCopy(kept, (short) 0, kept, (short) 2, (short) 6);
        show(log, kept);
        restore();
        Util.arrayCopyNonAtomic(kept, (short) 2, kept, (short) 0, (short) 6);
        show(log, kept);
        restore();
        Util.arrayCopyNonAtomic(kept, (short) 0, kept, (short) 1, (short) 7);
        show(log, kept);
    }

    private void shortAt(Log log, short at) {
        try {
            log.put(Util.getShort(a, at));
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(Util.setShort(kept, at, (short) 0x89AB));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void shorts(Log log) {
        restore();
        shortAt(log, (short) 0);
        shortAt(log, (short) 4);
        shortAt(log, (short) 6);
        shortAt(log, (short) 7);
        shortAt(log, N);
        shortAt(log, (short) -1);
        shortAt(log, (short) 0x7FFF);
        show(log, kept);
    }

    private void fillAt(Log log, short at, short n) {
        try {
            log.put(Util.arrayFillNonAtomic(kept, at, n, (byte) 0x5A));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void fills(Log log) {
        restore();
        fillAt(log, (short) 2, (short) 3);
        fillAt(log, N, (short) 0);
        fillAt(log, (short) (N + 1), (short) 0);
        fillAt(log, (short) -1, (short) 1);
        fillAt(log, (short) 0, (short) -1);
        fillAt(log, (short) 1, N);
        show(log, kept);
    }

    private void nullCopy(Log log, byte[] from, byte[] to, short n) {
        try {
            log.put(Util.arrayCopy(from, (short) 0, to, (short) 0, n));
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(Util.arrayCopyNonAtomic(from, (short) 0, to, (short) 0,
                n));
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(Util.arrayCompare(from, (short) 0, to, (short) 0, n));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void nulls(Log log) {
        nullCopy(log, null, kept, (short) 1);
        nullCopy(log, kept, null, (short) 1);
        nullCopy(log, null, null, (short) 0);
        nullCopy(log, null, kept, (short) -1);
        nullCopy(log, kept, null, (short) -1);
        nullCopy(log, kept, null, (short) (N + 1));
        try {
            log.put(Util.getShort(null, (short) 0));
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(Util.setShort(null, (short) -1, (short) 0));
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(Util.arrayFillNonAtomic(null, (short) -1, (short) 0,
                (byte) 0));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void halves(Log log) {
        log.put(Util.makeShort((byte) 0x80, (byte) 0xFF));
        log.put(Util.makeShort((byte) 0xFF, (byte) 0x80));
        log.put(Util.makeShort((byte) 0, (byte) 0xFF));
    }
}
