package org.postcard.wallet;

import javacard.framework.Util;

/**
 * The last transactions, in a ring: a new entry takes the place of the oldest.
 *
 * An entry has seven bytes: kind (1), amount (2), balance after it (2) and a
 * running number (2). The array is made once, when the wallet is installed,
 * because memory that is taken later might not be there any more.
 */
final class Log {
    /** Entries that are kept. */
    static final byte ENTRIES = 8;
    /** Bytes of one entry. */
    static final byte ENTRY_SIZE = 7;

    private static final byte AMOUNT = 1;
    private static final byte BALANCE = 3;
    private static final byte NUMBER = 5;

    private final byte[] ring;
    private byte next;
    private byte count;
    private short number;

    Log() {
        ring = new byte[(short) (ENTRIES * ENTRY_SIZE)];
    }

    /**
     * Adds an entry. Called within a transaction, so that entry and balance
     * change together or not at all.
     */
    void add(byte kind, short amount, short balance) {
        short at = (short) (next * ENTRY_SIZE);
        number++;
        ring[at] = kind;
        Util.setShort(ring, (short) (at + AMOUNT), amount);
        Util.setShort(ring, (short) (at + BALANCE), balance);
        Util.setShort(ring, (short) (at + NUMBER), number);
        next = (byte) ((next + 1) % ENTRIES);
        if (count < ENTRIES) {
            count++;
        }
    }

    /** How many entries there are. */
    byte count() {
        return count;
    }

    /** Copies the entry of the given age; 0 is the youngest. */
    void copy(byte age, byte[] to, short offset) {
        short place = (short) ((next + ENTRIES - 1 - age) % ENTRIES);
        Util.arrayCopyNonAtomic(ring, (short) (place * ENTRY_SIZE), to, offset, ENTRY_SIZE);
    }
}
