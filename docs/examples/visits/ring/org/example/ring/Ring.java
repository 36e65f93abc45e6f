package org.example.ring;

/** Remembers the last few values that it was given. */
public class Ring {
    private final short[] slots;
    private short next;
    private short count;

    public Ring(short size) {
        slots = new short[size];
    }

    /** Forgets the oldest value when there is no room. */
    public void add(short value) {
        slots[next] = value;
        next = (short) ((short) (next + 1) % slots.length);
        if (count < slots.length) {
            count++;
        }
    }

    public short count() {
        return count;
    }

    /** The newest value is 0 back. */
    public short get(short back) {
        short size = (short) slots.length;
        return slots[(short) ((short) (next + size - 1 - back) % size)];
    }
}
