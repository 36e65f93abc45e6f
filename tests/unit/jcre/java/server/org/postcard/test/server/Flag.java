package org.postcard.test.server;

import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;

/** An OwnerPIN that keeps the validated flag itself. */
class Flag extends OwnerPIN {
    private static final byte[] RIGHT = {1, 2, 3, 4};
    private static final byte[] WRONG = {1, 2, 3, 5};

    private boolean flag;
    private boolean fails;
    private short written;

    Flag() {
        super((byte) 3, (byte) 4);
    }

    protected boolean getValidatedFlag() {
        if (fails)
            throw new SecurityException();
        Server.expect(JCSystem.getPreviousContextAID() == null, (byte) 90);
        return flag;
    }

    protected void setValidatedFlag(boolean value) {
        if (fails)
            throw new SecurityException();
        written++;
        flag = value;
    }

    private boolean check(byte[] value) {
        return check(value, (short) 0, (byte) 4);
    }

    private boolean isRefused(byte which) {
        try {
            switch (which) {
            case 0: check(RIGHT); break;
            case 1: isValidated(); break;
            case 2: reset(); break;
            default: resetAndUnblock();
            }
        } catch (SecurityException e) {
            return true;
        }
        return false;
    }

    void run() {
        update(RIGHT, (short) 0, (byte) 4);
        Server.expect(written == 1 && !isValidated(), (byte) 1);
        Server.expect(!check(WRONG) && !flag && written == 2, (byte) 2);
        Server.expect(check(RIGHT) && flag && isValidated() && written == 4,
                (byte) 3);
        Server.expect(!super.getValidatedFlag(), (byte) 4);
        Server.expect(!check(WRONG) && !isValidated() && written == 5,
                (byte) 5);
        reset(); /* does nothing to a PIN that is not validated */
        Server.expect(getTriesRemaining() == 2 && written == 5, (byte) 6);
        flag = true;
        reset();
        Server.expect(!flag && getTriesRemaining() == 3 && written == 6,
                (byte) 7);
        flag = true;
        resetAndUnblock();
        Server.expect(!isValidated() && written == 7, (byte) 8);
        flag = true;
        try {
            check(RIGHT, (short) 1, (byte) 4);
            Server.expect(false, (byte) 9);
        } catch (ArrayIndexOutOfBoundsException e) {
            Server.expect(!flag && getTriesRemaining() == 2, (byte) 10);
        }
        fails = true;
        for (byte i = 0; i < 4; i++)
            Server.expect(isRefused(i), (byte) (20 + i));
        fails = false;
        Server.expect(check(RIGHT), (byte) 11);
    }
}
