package org.postcard.test.server;

import javacard.framework.*;

/** OwnerPINBuilder and what it builds. */
class Pins {
    private static final byte[] RIGHT = {1, 2, 3, 4};
    private static final byte[] WRONG = {1, 2, 3, 5};

    private PIN plain = OwnerPINBuilder.buildOwnerPIN((byte) 3, (byte) 4,
            OwnerPINBuilder.OWNER_PIN);
    private OwnerPINx x = (OwnerPINx) OwnerPINBuilder.buildOwnerPIN((byte) 3,
            (byte) 4, OwnerPINBuilder.OWNER_PIN_X);
    private OwnerPINxWithPredecrement pre = (OwnerPINxWithPredecrement)
            OwnerPINBuilder.buildOwnerPIN((byte) 3, (byte) 4,
            OwnerPINBuilder.OWNER_PIN_X_WITH_PREDECREMENT);

    private static boolean check(PIN pin, byte[] value) {
        return pin.check(value, (short) 0, (byte) 4);
    }

    private static boolean isBad(byte which, OwnerPINx pin) {
        try {
            switch (which) {
            case 1: OwnerPINBuilder.buildOwnerPIN((byte) 0, (byte) 1,
                        OwnerPINBuilder.OWNER_PIN_X); break;
            case 2: OwnerPINBuilder.buildOwnerPIN((byte) 1, (byte) 0,
                        OwnerPINBuilder.OWNER_PIN); break;
            case 3: OwnerPINBuilder.buildOwnerPIN((byte) 1, (byte) 1,
                        (byte) 4); break;
            case 4: pin.setTryLimit((byte) 0); break;
            case 5: pin.setTriesRemaining((byte) 4); break;
            case 6: pin.setTriesRemaining((byte) -1); break;
            default: pin.update(new byte[5], (short) 0, (byte) 5);
            }
        } catch (PINException e) {
            return e.getReason() == PINException.ILLEGAL_VALUE;
        }
        return false;
    }

    void run() {
        Server.expect(plain instanceof OwnerPIN && !(plain instanceof OwnerPINx)
                && x instanceof PIN && !(x instanceof OwnerPINxWithPredecrement)
                && pre instanceof OwnerPINx, (byte) 1);
        ((OwnerPIN) plain).update(RIGHT, (short) 0, (byte) 4);
        Server.expect(check(plain, RIGHT), (byte) 2);
        presented();
        administered();
        announced();
        for (byte i = 1; i <= 7; i++)
            Server.expect(isBad(i, x), (byte) (64 + i));
    }

    private void presented() {
        x.setTryLimit((byte) 3);
        x.update(RIGHT, (short) 0, (byte) 4);
        Server.expect(x.getTriesRemaining() == 3 && !x.isValidated(), (byte) 3);
        Server.expect(!check(x, WRONG) && x.getTriesRemaining() == 2, (byte) 4);
        Server.expect(check(x, RIGHT) && x.isValidated()
                && x.getTriesRemaining() == 3, (byte) 5);
        x.reset();
        Server.expect(!x.isValidated(), (byte) 6);
        JCSystem.beginTransaction();
        Server.expect(!check(x, WRONG), (byte) 7);
        JCSystem.abortTransaction();
        Server.expect(x.getTriesRemaining() == 2, (byte) 8);
        try {
            x.check(null, (short) 0, (byte) 4);
            Server.expect(false, (byte) 9);
        } catch (NullPointerException e) {
            Server.expect(x.getTriesRemaining() == 1, (byte) 10);
        }
        Server.expect(!check(x, WRONG) && !check(x, RIGHT)
                && x.getTriesRemaining() == 0, (byte) 11);
        x.reset(); /* does nothing to a PIN that is not validated */
        Server.expect(x.getTriesRemaining() == 0, (byte) 12);
    }

    private void administered() {
        x.setTriesRemaining((byte) 2);
        Server.expect(x.getTryLimit() == 3 && check(x, RIGHT), (byte) 13);
        JCSystem.beginTransaction();
        x.setTriesRemaining((byte) 1);
        x.setTryLimit((byte) 9);
        x.update(WRONG, (short) 0, (byte) 4);
        JCSystem.abortTransaction();
        Server.expect(x.getTryLimit() == 3 && x.getTriesRemaining() == 3
                && !x.isValidated(), (byte) 14);
        Server.expect(check(x, RIGHT), (byte) 15);
        x.setTryLimit((byte) 1);
        Server.expect(x.getTriesRemaining() == 1 && !x.isValidated(),
                (byte) 16);
        x.setTriesRemaining((byte) 0);
        x.setTryLimit((byte) 5); /* there are as many tries then */
        Server.expect(x.getTriesRemaining() == 5 && check(x, RIGHT), (byte) 28);
        x.setTryLimit((byte) 3);
    }

    private boolean isUnannounced() {
        try {
            check(pre, RIGHT);
        } catch (PINException e) {
            return e.getReason() == PINException.ILLEGAL_STATE;
        }
        return false;
    }

    private void announced() {
        pre.setTryLimit((byte) 3);
        pre.update(RIGHT, (short) 0, (byte) 4);
        Server.expect(isUnannounced() && pre.getTriesRemaining() == 3,
                (byte) 17);
        JCSystem.beginTransaction();
        Server.expect(pre.decrementTriesRemaining() == 2, (byte) 18);
        JCSystem.abortTransaction();
        Server.expect(pre.getTriesRemaining() == 2, (byte) 19);
        Server.expect(!check(pre, WRONG) && pre.getTriesRemaining() == 2,
                (byte) 20);
        Server.expect(isUnannounced(), (byte) 21);
        pre.decrementTriesRemaining();
        Server.expect(check(pre, RIGHT) && pre.isValidated()
                && pre.getTriesRemaining() == 3, (byte) 22);
        pre.decrementTriesRemaining();
        Server.expect(!pre.isValidated(), (byte) 23);
        pre.setTriesRemaining((byte) 1); /* takes the announcement back */
        Server.expect(isUnannounced(), (byte) 24);
        /* the last try counts, and then there is none */
        Server.expect(pre.decrementTriesRemaining() == 0 && check(pre, RIGHT),
                (byte) 25);
        pre.setTriesRemaining((byte) 1);
        pre.decrementTriesRemaining();
        Server.expect(!check(pre, WRONG), (byte) 26);
        Server.expect(pre.decrementTriesRemaining() == 0
                && !check(pre, RIGHT), (byte) 27);
    }
}
