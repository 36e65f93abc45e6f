package org.postcard.test.guard;

import javacard.framework.*;
import javacardx.framework.util.ArrayLogic;
import javacardx.framework.util.intx.JCint;

/** javacard.framework.SensitiveArrays; what is kept is `kept`. */
class Sensitive {
    private static final byte KEPT = JCSystem.MEMORY_TYPE_PERSISTENT;
    private static final byte RESET = JCSystem.MEMORY_TYPE_TRANSIENT_RESET;
    private static final byte DESELECT =
            JCSystem.MEMORY_TYPE_TRANSIENT_DESELECT;
    private static final byte BYTES = JCSystem.ARRAY_TYPE_BYTE;

    private final byte[] kept = (byte[]) make(BYTES, KEPT, 20);
    private final byte[] volatiles = (byte[]) make(BYTES, RESET, 20);
    private final Object[] objects =
            (Object[]) make(JCSystem.ARRAY_TYPE_OBJECT, KEPT, 3);
    private final byte[] plain = new byte[40];

    // API: javacard.framework.SensitiveArrays.makeIntegritySensitiveArray
    private static Object make(byte type, byte memory, int n) {
        return SensitiveArrays.makeIntegritySensitiveArray(type, memory,
                (short) n);
    }

    private static short reason(byte type, byte memory, int n) {
        try {
            make(type, memory, n);
            return 0;
        } catch (SystemException e) {
            return e.getReason();
        } catch (NegativeArraySizeException e) {
            return -1;
        }
    }

    // API: javacard.framework.SensitiveArrays.assertIntegrity
    private static boolean sound(Object array) {
        try {
            SensitiveArrays.assertIntegrity(array);
            return true;
        } catch (SecurityException e) {
            return false;
        }
    }

    void look(byte what, byte[] buffer) {
        switch (what) {
        case 0: kinds(); break;
        case 1: updates(kept); break;
        case 2: updates(volatiles); break;
        case 3: refusals(); break;
        case 4: transactions(); break;
        case 5: objects(); break;
        case 6: views(); break;
        case 7: full(); break;
        case 8: fill((byte) 0x5A); break;
        case 9: after(); break;
        case 10: tornInside(); break;
        case 11:
            damaged(buffer[ISO7816.OFFSET_P2] == 0 ? kept : volatiles);
            break;
        case 12: change(); break;
        case 13: Guard.expect(sound(kept) && isKnown()); break;
        default: ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    // API: javacard.framework.SensitiveArrays.isIntegritySensitive
    private void kinds() {
        byte[] memories = {KEPT, RESET, DESELECT};
        for (byte m = 0; m < 3; m++) {
            boolean[] flags = (boolean[]) make(JCSystem.ARRAY_TYPE_BOOLEAN,
                    memories[m], 3);
            byte[] bytes = (byte[]) make(BYTES, memories[m], 5);
            short[] shorts = (short[]) make(JCSystem.ARRAY_TYPE_SHORT,
                    memories[m], 7);
            int[] ints = (int[]) make(JCSystem.ARRAY_TYPE_INT, memories[m], 3);
            Object[] references = (Object[]) make(JCSystem.ARRAY_TYPE_OBJECT,
                    memories[m], 2);
            Guard.expect(flags.length == 3 && bytes.length == 5
                    && shorts.length == 7 && ints.length == 3
                    && references.length == 2);
            Guard.expect(!flags[2] && bytes[4] == 0 && shorts[6] == 0
                    && ints[2] == 0 && references[1] == null);
            Guard.expect(JCSystem.isTransient(bytes) == memories[m]);
            Guard.expect(SensitiveArrays.isIntegritySensitive(ints)
                    && sound(flags) && sound(bytes) && sound(shorts)
                    && sound(ints) && sound(references));
            flags[2] = true;
            bytes[4] = -1;
            shorts[6] = 0x1234;
            ints[2] = 0x12345678;
            references[1] = this;
            Guard.expect(flags[2] && bytes[4] == -1 && shorts[6] == 0x1234
                    && ints[2] == 0x12345678 && references[1] == this);
            Guard.expect(sound(flags) && sound(bytes) && sound(shorts)
                    && sound(ints) && sound(references));
        }
        byte[] none = (byte[]) make(BYTES, KEPT, 0);
        Guard.expect(sound(none) && SensitiveArrays.clearArray(none) == 0);
        Guard.expect(reason((byte) 0, KEPT, 1) == SystemException.ILLEGAL_VALUE
                && reason((byte) 6, KEPT, 1) == SystemException.ILLEGAL_VALUE
                && reason(BYTES, (byte) 3, 1) == SystemException.ILLEGAL_VALUE
                && reason(BYTES, (byte) -1, 1)
                        == SystemException.ILLEGAL_VALUE);
        Guard.expect(reason(BYTES, KEPT, -1) == -1);
        Guard.expect(reason(JCSystem.ARRAY_TYPE_INT, RESET, 32767)
                == SystemException.NO_TRANSIENT_SPACE);
        Guard.expect(!SensitiveArrays.isIntegritySensitive(plain)
                && !SensitiveArrays.isIntegritySensitive(this));
    }

    // API: javacard.framework.SensitiveArrays.clearArray
    private void updates(byte[] array) {
        fill(array, (byte) 3);
        Guard.expect(sound(array) && array[19] == 3);
        for (short i = 0; i < 20; i++)
            array[i] = (byte) (i * 7);
        Guard.expect(sound(array));
        Util.arrayCopy(array, (short) 0, array, (short) 5, (short) 15);
        Guard.expect(sound(array) && array[4] == 28 && array[19] == 98);
        Util.setShort(array, (short) 18, (short) 0x1122);
        JCint.setInt(array, (short) 3, 0x33445566);
        Guard.expect(sound(array) && array[18] == 0x11 && array[6] == 0x66);
        ArrayLogic.arrayCopyRepack(plain, (short) 0, (short) 4, array,
                (short) 9);
        ArrayLogic.arrayFillGeneric(array, (short) 0, (short) 2, plain,
                (short) 0);
        Guard.expect(sound(array) && array[9] == 0 && array[0] == 0);
        Guard.expect(SensitiveArrays.clearArray(array) == 20 && sound(array));
        for (short i = 0; i < 20; i++)
            Guard.expect(array[i] == 0);
    }

    private static void fill(byte[] array, byte value) {
        Util.arrayFill(array, (short) 0, (short) array.length, value);
    }

    private static short torn(byte[] to, byte what, byte[] from) {
        try {
            switch (what) {
            case 0:
                Util.arrayCopyNonAtomic(from, (short) 0, to, (short) 1,
                        (short) 2);
                break;
            case 1:
                Util.arrayFillNonAtomic(to, (short) 1, (short) 2, (byte) 7);
                break;
            case 2:
                ArrayLogic.arrayCopyRepackNonAtomic(from, (short) 0, (short) 2,
                        to, (short) 1);
                break;
            default:
                ArrayLogic.arrayFillGenericNonAtomic(to, (short) 1, (short) 2,
                        from, (short) 0);
            }
            return 0;
        } catch (SystemException e) {
            return e.getReason();
        }
    }

    private void refusals() {
        plain[0] = plain[1] = 7;
        fill(kept, (byte) 1);
        byte[] view = JCSystem.makeByteArrayView(kept, (short) 0, (short) 9,
                JCSystem.ATTR_WRITABLE_VIEW, null);
        for (byte what = 0; what < 4; what++) {
            Guard.expect(torn(kept, what, plain)
                    == SystemException.ILLEGAL_VALUE);
            Guard.expect(torn(view, what, plain)
                    == SystemException.ILLEGAL_VALUE);
            Guard.expect(kept[1] == 1 && kept[2] == 1 && sound(kept));
            // what is volatile anyway may be
            fill(volatiles, (byte) 1);
            Guard.expect(torn(volatiles, what, plain) == 0);
            Guard.expect(volatiles[1] == 7 && volatiles[2] == 7
                    && volatiles[3] == 1 && sound(volatiles));
        }
        // bounds come first
        try {
            Util.arrayFillNonAtomic(kept, (short) 19, (short) 2, (byte) 0);
            Guard.expect(false);
        } catch (ArrayIndexOutOfBoundsException e) {
            Guard.expect(sound(kept));
        }
        for (byte what = 0; what < 4; what++) {
            try {
                if (what % 2 == 0)
                    SensitiveArrays.assertIntegrity(what == 0 ? plain : this);
                else
                    SensitiveArrays.clearArray(what == 1 ? plain : this);
                Guard.expect(false);
            } catch (SystemException e) {
                Guard.expect(e.getReason() == SystemException.ILLEGAL_VALUE);
            }
        }
        for (byte what = 0; what < 3; what++) {
            try {
                if (what == 0)
                    SensitiveArrays.assertIntegrity(null);
                else if (what == 1)
                    SensitiveArrays.clearArray(null);
                else
                    SensitiveArrays.isIntegritySensitive(null);
                Guard.expect(false);
            } catch (NullPointerException e) {
                Guard.expect(true);
            }
        }
    }

    private void transactions() {
        fill(kept, (byte) 1);
        fill(volatiles, (byte) 1);
        JCSystem.beginTransaction();
        kept[3] = 9;
        kept[4] = 9;
        volatiles[3] = 9;
        Guard.expect(sound(kept) && sound(volatiles));
        JCSystem.abortTransaction();
        Guard.expect(kept[3] == 1 && kept[4] == 1 && volatiles[3] == 9);
        Guard.expect(sound(kept) && sound(volatiles));
        JCSystem.beginTransaction();
        SensitiveArrays.clearArray(kept);
        SensitiveArrays.clearArray(volatiles);
        Guard.expect(kept[3] == 0 && sound(kept));
        JCSystem.abortTransaction();
        Guard.expect(kept[3] == 1 && volatiles[3] == 0 && sound(kept)
                && sound(volatiles));
        JCSystem.beginTransaction();
        fill(kept, (byte) 2);
        kept[0] = 3;
        JCSystem.commitTransaction();
        Guard.expect(kept[0] == 3 && kept[19] == 2 && sound(kept));
    }

    private void objects() {
        Object[] fleeting = (Object[]) make(JCSystem.ARRAY_TYPE_OBJECT, RESET,
                3);
        JCSystem.beginTransaction();
        objects[0] = new byte[3];
        fleeting[1] = objects[0];
        fleeting[2] = this;
        Guard.expect(sound(objects) && sound(fleeting));
        JCSystem.abortTransaction();
        // what was born is null now, and that is no damage
        Guard.expect(objects[0] == null && fleeting[1] == null
                && fleeting[2] == this);
        Guard.expect(sound(objects) && sound(fleeting));
        objects[0] = this;
        Guard.expect(SensitiveArrays.clearArray(objects) == 3
                && objects[0] == null && sound(objects));
    }

    private void views() {
        fill(kept, (byte) 4);
        byte[] view = JCSystem.makeByteArrayView(kept, (short) 3, (short) 9,
                (short) (JCSystem.ATTR_WRITABLE_VIEW
                        | JCSystem.ATTR_READABLE_VIEW), null);
        view[0] = 8;
        view[8] = 9;
        Guard.expect(kept[2] == 4 && kept[3] == 8 && kept[11] == 9
                && kept[12] == 4 && sound(kept));
        Util.arrayFill(view, (short) 1, (short) 3, (byte) 5);
        Guard.expect(kept[4] == 5 && kept[6] == 5 && kept[7] == 4
                && sound(kept));
        Guard.expect(!SensitiveArrays.isIntegritySensitive(view));
        try {
            SensitiveArrays.clearArray(view);
            Guard.expect(false);
        } catch (SystemException e) {
            Guard.expect(e.getReason() == SystemException.ILLEGAL_VALUE
                    && kept[4] == 5);
        }
    }

    /** Whether an update is refused for want of room, and nothing changes. */
    private boolean refused(byte what) {
        try {
            if (what == 0)
                kept[0] = 1;
            else if (what == 1)
                fill(kept, (byte) 1);
            else
                SensitiveArrays.clearArray(kept);
            return false;
        } catch (TransactionException e) {
            return e.getReason() == TransactionException.BUFFER_FULL
                    && kept[0] == 6 && kept[19] == 6 && sound(kept);
        }
    }

    private void full() {
        boolean right = false;
        fill(kept, (byte) 6);
        JCSystem.beginTransaction();
        try {
            for (short i = 0; i < 30000; i++)
                plain[(short) (i % 40)] = (byte) i;
        } catch (TransactionException e) {
            right = refused((byte) 0) && refused((byte) 1)
                    && refused((byte) 2);
        }
        JCSystem.commitTransaction();
        Guard.expect(right);
        Guard.expect(kept[0] == 6 && sound(kept));
    }

    private void fill(byte value) {
        fill(kept, value);
        fill(volatiles, value);
        objects[2] = this;
    }

    /** Behind a reset. */
    private void after() {
        Guard.expect(sound(kept) && kept[0] == 0x5A && kept[19] == 0x5A);
        Guard.expect(sound(volatiles) && volatiles[0] == 0
                && volatiles[19] == 0);
        Guard.expect(sound(objects) && objects[2] == this);
    }

    /** An array that somebody else has changed. */
    private static void damaged(byte[] array) {
        Guard.expect(!sound(array));
        for (byte what = 0; what < 3; what++) {
            byte was = array[1];
            boolean told = false;
            try {
                if (what == 0)
                    array[1] = 1;
                else if (what == 1)
                    fill(array, (byte) 1);
                else
                    Util.setShort(array, (short) 1, (short) 0x0101);
            } catch (SecurityException e) {
                told = true;
            }
            Guard.expect(told && array[1] == was && !sound(array));
        }
        Guard.expect(SensitiveArrays.isIntegritySensitive(array)
                && SensitiveArrays.clearArray(array) == 20
                && sound(array) && array[19] == 0);
        fill(array, (byte) 0x5A);
        Guard.expect(sound(array) && array[19] == 0x5A);
    }

    /** From all 5A: what a power cut may interrupt. */
    private void change() {
        fill(kept, (byte) 1);
        kept[3] = 2;
        SensitiveArrays.clearArray(kept);
        JCSystem.beginTransaction();
        kept[0] = 3;
        kept[19] = 3;
        JCSystem.commitTransaction();
    }

    /** Whether `kept` is as it is before or after one of these updates. */
    private boolean isKnown() {
        byte most = kept[1];
        for (short i = 0; i < 20; i++) {
            byte expected = most;
            if (i == 3 && most == 1)
                expected = kept[3] == 2 ? (byte) 2 : (byte) 1;
            if ((i == 0 || i == 19) && most == 0)
                expected = kept[0] == 3 ? (byte) 3 : (byte) 0;
            if (kept[i] != expected)
                return false;
        }
        return most == 0x5A || most == 1 || most == 0;
    }

    /** Ends with a transaction open. */
    private void tornInside() {
        JCSystem.beginTransaction();
        fill(kept, (byte) 1);
        volatiles[2] = 9;
        objects[2] = null;
        ISOException.throwIt((short) 0x6FAA);
    }
}
