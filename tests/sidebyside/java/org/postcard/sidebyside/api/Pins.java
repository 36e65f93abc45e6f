package org.postcard.sidebyside.api;

import javacard.framework.OwnerPIN;
import org.postcard.corpus.base.Log;

/* OwnerPIN: counters, ends, and what a failing check costs. */
final class Pins {
    private static final byte TRIES = 3;
    private static final byte SIZE = 6;
    private final byte[] code = {1, 2, 3, 4, 5, 6, 7};
    private OwnerPIN pin;

    boolean run(short step, Log log) {
        pin = new OwnerPIN(TRIES, SIZE);
        switch (step) {
        case 0:
            makes(log);
            return true;
        case 1:
            fresh(log);
            return true;
        case 2:
            counts(log);
            return true;
        case 3:
            blocks(log);
            return true;
        case 4:
            ends(log);
            return true;
        case 5:
            updates(log);
            return true;
        case 6:
            lengths(log);
            return true;
        case 7:
            kept(log);
            return true;
        case 8:
            order(log);
            return true;
        default:
            return false;
        }
    }

    private void make(Log log, byte tries, byte size) {
        try {
            new OwnerPIN(tries, size);
            log.mark((short) 1);
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void makes(Log log) {
        make(log, (byte) 0, (byte) 1);
        make(log, (byte) 1, (byte) 0);
        make(log, (byte) -1, (byte) 1);
        make(log, (byte) 1, (byte) -1);
        make(log, (byte) 127, (byte) 127);
        make(log, (byte) 1, (byte) 1);
    }

    private void state(Log log) {
        log.put(pin.getTriesRemaining());
        log.put(pin.isValidated());
    }

    private void check(Log log, byte[] with, short at, byte n) {
        try {
            log.put(pin.check(with, at, n));
        } catch (Exception e) {
            log.threw(e);
        }
        state(log);
    }

    private void update(Log log, byte[] with, short at, byte n) {
        try {
            pin.update(with, at, n);
            log.mark((short) 2);
        } catch (Exception e) {
            log.threw(e);
        }
        state(log);
    }

    private void fresh(Log log) {
        state(log);
        pin.reset();
        state(log);
        check(log, code, (short) 0, (byte) 0);
        check(log, code, (short) 0, (byte) 4);
        pin.resetAndUnblock();
        state(log);
        check(log, code, (short) 0, (byte) 0);
    }

    private void counts(Log log) {
        update(log, code, (short) 0, (byte) 4);
        check(log, code, (short) 1, (byte) 4);
        pin.reset();
        state(log);
        check(log, code, (short) 0, (byte) 4);
        check(log, code, (short) 1, (byte) 4);
        check(log, code, (short) 0, (byte) 4);
        pin.reset();
        state(log);
        check(log, code, (short) 0, (byte) 4);
        update(log, code, (short) 2, (byte) 4);
        check(log, code, (short) 2, (byte) 4);
        pin.resetAndUnblock();
        state(log);
    }

    private void blocks(Log log) {
        update(log, code, (short) 0, (byte) 4);
        for (byte i = 0; i < TRIES; i++)
            check(log, code, (short) 1, (byte) 4);
        check(log, code, (short) 0, (byte) 4);
        check(log, code, (short) 1, (byte) 4);
        pin.reset();
        state(log);
        pin.resetAndUnblock();
        state(log);
        check(log, code, (short) 0, (byte) 4);
    }

    private void ends(Log log) {
        update(log, code, (short) 0, (byte) 4);
        check(log, null, (short) 0, (byte) 4);
        pin.resetAndUnblock();
        check(log, code, (short) -1, (byte) 4);
        pin.resetAndUnblock();
        check(log, code, (short) 4, (byte) 4);
        pin.resetAndUnblock();
        check(log, code, (short) 0, (byte) -1);
        pin.resetAndUnblock();
        check(log, code, (short) 0, (byte) 4);
        check(log, code, (short) 8, (byte) 0);
        pin.resetAndUnblock();
        check(log, code, (short) 7, (byte) 0);
        for (byte i = 0; i < 2; i++)
            check(log, null, (short) 0, (byte) 4);
        check(log, null, (short) 0, (byte) 4);
        check(log, code, (short) 7, (byte) 4);
    }

    private void updates(Log log) {
        update(log, code, (short) 0, (byte) 7);
        update(log, code, (short) 0, SIZE);
        check(log, code, (short) 0, SIZE);
        update(log, code, (short) 0, (byte) 0);
        check(log, code, (short) 0, (byte) 0);
        update(log, null, (short) 0, (byte) 4);
        update(log, code, (short) 4, (byte) 4);
        update(log, code, (short) -1, (byte) 4);
        update(log, code, (short) 0, (byte) -1);
        update(log, code, (short) 8, (byte) 0);
        check(log, code, (short) 0, (byte) 1);
        update(log, code, (short) 0, (byte) 1);
        state(log);
    }

    /* Too long, and wrong in another way. */
    private void order(Log log) {
        update(log, null, (short) 0, (byte) 7);
        update(log, code, (short) 4, (byte) 7);
        update(log, code, (short) -1, (byte) 7);
        update(log, code, (short) 0, (byte) 127);
        check(log, code, (short) 0, (byte) 127);
        check(log, code, (short) 4, (byte) 7);
    }

    private void kept(Log log) {
        Kept kept = new Kept(log, TRIES, SIZE);
        pin = kept;
        update(log, code, (short) 0, (byte) 4);
        check(log, code, (short) 1, (byte) 4);
        check(log, code, (short) 0, (byte) 4);
        log.put(kept.own());
        pin.reset();
        state(log);
        pin.reset();
        check(log, null, (short) 0, (byte) 4);
        pin.resetAndUnblock();
        state(log);
        kept.setValidatedFlag(true);
        state(log);
    }

    private void lengths(Log log) {
        update(log, code, (short) 0, (byte) 4);
        check(log, code, (short) 0, (byte) 3);
        check(log, code, (short) 0, (byte) 5);
        check(log, code, (short) 0, (byte) 7);
    }
}
