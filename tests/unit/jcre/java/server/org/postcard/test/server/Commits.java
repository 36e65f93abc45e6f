package org.postcard.test.server;

import javacard.framework.*;

/**
 * The commit buffer: what it says of itself is what fits.  That BUFFER_FULL
 * leaves the transaction open was seen on the reference simulator of 2.2.2.
 */
class Commits {
    private byte[] big = new byte[20000];
    private byte[] few = {1, 2, 3, 4};
    private short number = 5;
    private static short fixed = 6;

    /** Bytes that one update needs beyond its own, by what it takes. */
    private short overhead() {
        short before = JCSystem.getUnusedCommitCapacity();

        Util.arrayFill(big, (short) 0, (short) 64, (byte) 1);
        return (short) (before - JCSystem.getUnusedCommitCapacity() - 64);
    }

    private boolean isFull(byte what) {
        try {
            switch (what) {
            case 1: few[0] = 9; break;
            case 2: number = 9; break;
            case 3: fixed = 9; break;
            case 4: Util.arrayCopy(big, (short) 0, few, (short) 0, (short) 4);
                break;
            default: Util.setShort(few, (short) 0, (short) 0x0909);
            }
        } catch (TransactionException e) {
            return e.getReason() == TransactionException.BUFFER_FULL
                    && JCSystem.getTransactionDepth() == 1 && few[0] == 1
                    && few[1] == 2 && number == 5 && fixed == 6;
        }
        return false;
    }

    /* In an open transaction: fills the buffer but for `left` bytes. */
    private void fill(short left) {
        short overhead = overhead();
        short at = 64;

        while (true) {
            short rest = (short) (JCSystem.getUnusedCommitCapacity() - left);
            if (rest == 0)
                return;
            short n = (short) (rest - overhead);
            if (n > 64) /* and room for one more after it */
                n = n > 128 ? 64 : (short) (64 - overhead);
            Util.arrayFill(big, at, n, (byte) 7);
            at += n;
        }
    }

    void run() {
        short all = JCSystem.getMaxCommitCapacity();

        few[0] = 1;
        number = 5;
        fixed = 6;
        Util.arrayFillNonAtomic(big, (short) 0, (short) big.length, (byte) 0);
        Server.expect(all == JCSystem.getUnusedCommitCapacity(), (byte) 1);
        JCSystem.beginTransaction();
        Server.expect(all == JCSystem.getUnusedCommitCapacity(), (byte) 2);
        short overhead = overhead();
        JCSystem.abortTransaction();
        Server.expect(overhead >= 0 && overhead < 64, (byte) 3);

        /* to the last byte: nothing more fits, all of it is undone */
        JCSystem.beginTransaction();
        fill((short) 0);
        Server.expect(JCSystem.getUnusedCommitCapacity() == 0, (byte) 4);
        for (byte i = 1; i <= 5; i++)
            Server.expect(isFull(i), (byte) (4 + i));
        Server.expect(big[0] == 1 && big[64] == 7, (byte) 10);
        JCSystem.abortTransaction();
        Server.expect(big[0] == 0 && big[64] == 0, (byte) 11);
        Server.expect(all == JCSystem.getUnusedCommitCapacity(), (byte) 12);

        /* one byte too few for a byte; just enough for one; then a commit */
        JCSystem.beginTransaction();
        fill(overhead);
        Server.expect(isFull((byte) 1), (byte) 13);
        JCSystem.abortTransaction();
        JCSystem.beginTransaction();
        fill((short) (overhead + 1));
        few[0] = 9;
        Server.expect(JCSystem.getUnusedCommitCapacity() == 0, (byte) 14);
        JCSystem.commitTransaction();
        Server.expect(few[0] == 9 && big[64] == 7, (byte) 15);
        few[0] = 1;
        alone();
    }

    /* Outside a transaction the buffer bounds a single update, too. */
    private void alone() {
        try {
            Util.arrayFill(big, (short) 0, (short) big.length, (byte) 3);
            Server.expect(false, (byte) 16);
        } catch (TransactionException e) {
            Server.expect(e.getReason() == TransactionException.BUFFER_FULL
                    && JCSystem.getTransactionDepth() == 0, (byte) 17);
        }
        Server.expect(big[0] == 1 && big[19999] == 0, (byte) 18);
        Util.arrayFillNonAtomic(big, (short) 0, (short) big.length, (byte) 3);
        Server.expect(big[0] == 3 && big[19999] == 3, (byte) 19);
    }

    /**
     * Copies that are not atomic stay out of a transaction [JCRE 7.5]; what it
     * has logged before goes back to what it logged, as it does in the
     * reference simulator of 2.2.2.
     */
    void nonAtomic() {
        byte[] from = {11, 12, 13, 14};

        few[0] = 1;
        few[1] = 2;
        few[2] = 3;
        JCSystem.beginTransaction();
        few[0] = 21; /* logged: an abort restores what was there before */
        Util.arrayCopyNonAtomic(from, (short) 0, few, (short) 0, (short) 2);
        Util.arrayFillNonAtomic(few, (short) 2, (short) 1, (byte) 33);
        Server.expect(few[0] == 11 && few[2] == 33, (byte) 1);
        JCSystem.abortTransaction();
        Server.expect(few[0] == 1, (byte) 2);
        Server.expect(few[1] == 12 && few[2] == 33, (byte) 3);
        JCSystem.beginTransaction();
        few[0] = 21;
        Util.arrayCopyNonAtomic(from, (short) 0, few, (short) 0, (short) 1);
        few[1] = 22;
        JCSystem.commitTransaction();
        Server.expect(few[0] == 11 && few[1] == 22, (byte) 4);
        few[0] = 1;
        few[1] = 2;
    }
}
