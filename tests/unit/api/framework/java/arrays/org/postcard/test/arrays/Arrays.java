package org.postcard.test.arrays;

import javacard.framework.*;
import javacardx.external.*;
import javacardx.framework.event.*;
import javacardx.framework.util.*;
import javacardx.framework.util.intx.JCint;

/** ArrayLogic and JCint; what a card without external memory says. */
public class Arrays extends Applet implements EventSource {
    private final byte[] bytes = {1, 2, 3, 4, 5, 6, 7, (byte) 0x88};
    private final short[] shorts = new short[4];
    private final int[] ints = new int[2];
    private final boolean[] flags = new boolean[4];
    private final Object[] objects = new Object[2];
    private final int[] volatileInts =
            JCint.makeTransientIntArray((short) 2, JCSystem.CLEAR_ON_RESET);

    public static void install(byte[] b, short at, byte n) {
        new Arrays().register();
    }

    static void expect(boolean is, short number) {
        if (!is)
            ISOException.throwIt((short) (0x6500 + number));
    }

    public void process(APDU apdu) {
        if (selectingApplet())
            return;
        switch (apdu.getBuffer()[ISO7816.OFFSET_INS]) {
        case 1: repack(); break;
        case 2: fill(); break;
        case 3: compare(); break;
        case 4: find(); break;
        case 5: refuse(); break;
        case 6: transaction(); break;
        case 7: ints(); break;
        case 8: external(); break;
        default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private static short copy(Object from, int at, int n, Object to, int off) {
        return ArrayLogic.arrayCopyRepack(from, (short) at, (short) n, to,
                (short) off);
    }

    // API: javacardx.framework.util.ArrayLogic.arrayCopyRepack
    // API: javacardx.framework.util.ArrayLogic.arrayCopyRepackNonAtomic
    private void repack() {
        expect(copy(bytes, 0, 8, shorts, 0) == 4 && shorts[0] == 0x0102
                && shorts[3] == 0x0788, (short) 1);
        expect(copy(bytes, 4, 4, ints, 1) == 2 && ints[0] == 0
                && ints[1] == 0x05060788, (short) 2);
        expect(copy(shorts, 2, 2, ints, 0) == 1 && ints[0] == 0x05060788,
                (short) 3);
        ints[0] = 0x11223344;
        expect(copy(ints, 0, 2, shorts, 0) == 4 && shorts[1] == 0x3344
                && shorts[2] == 0x0506, (short) 4);
        byte[] out = new byte[9];
        expect(copy(ints, 0, 2, out, 1) == 9 && out[0] == 0 && out[1] == 0x11
                && out[8] == (byte) 0x88, (short) 5);
        expect(copy(shorts, 0, 1, out, 0) == 2 && out[1] == 0x22, (short) 6);
        expect(copy(bytes, 0, 4, out, 5) == 9 && out[8] == 4, (short) 7);
        expect(copy(out, 0, 0, shorts, 4) == 4, (short) 8);
        // over itself, as through another array
        shorts[0] = 1;
        shorts[1] = 2;
        shorts[2] = 3;
        expect(copy(shorts, 0, 3, shorts, 1) == 4 && shorts[1] == 1
                && shorts[3] == 3, (short) 9);
        expect(ArrayLogic.arrayCopyRepackNonAtomic(bytes, (short) 0, (short) 4,
                ints, (short) 0) == 1 && ints[0] == 0x01020304, (short) 10);
        expect(copy(bytes, 0, 8, volatileInts, 0) == 2
                && volatileInts[1] == 0x05060788, (short) 11);
        expect(copy(bytes, 0, 1, flags, 3) == 4 && flags[3], (short) 12);
    }

    // API: javacardx.framework.util.ArrayLogic.arrayFillGeneric
    // API: javacardx.framework.util.ArrayLogic.arrayFillGenericNonAtomic
    private void fill() {
        ints[1] = 0x01020304;
        expect(ArrayLogic.arrayFillGeneric(ints, (short) 0, (short) 2, ints,
                (short) 1) == 2 && ints[0] == 0x01020304, (short) 1);
        shorts[0] = 0x1234;
        expect(ArrayLogic.arrayFillGeneric(shorts, (short) 1, (short) 3,
                shorts, (short) 0) == 4 && shorts[3] == 0x1234, (short) 2);
        short[] many = new short[100];
        expect(ArrayLogic.arrayFillGenericNonAtomic(many, (short) 1, (short) 98,
                shorts, (short) 0) == 99 && many[0] == 0 && many[1] == 0x1234
                && many[98] == 0x1234 && many[99] == 0, (short) 3);
        expect(ArrayLogic.arrayFillGenericNonAtomic(volatileInts, (short) 0,
                (short) 2, ints, (short) 0) == 2
                && volatileInts[1] == 0x01020304, (short) 4);
        expect(ArrayLogic.arrayFillGeneric(many, (short) 100, (short) 0, shorts,
                (short) 0) == 100, (short) 5);
    }

    private static byte order(Object a, int at, Object b, int off, int n) {
        return ArrayLogic.arrayCompareGeneric(a, (short) at, b, (short) off,
                (short) n);
    }

    // API: javacardx.framework.util.ArrayLogic.arrayCompareGeneric
    private void compare() {
        byte[] other = {(byte) 0x88, 7};
        expect(order(bytes, 6, other, 0, 1) == 1, (short) 1);
        expect(order(bytes, 7, other, 0, 1) == 0, (short) 2);
        expect(order(other, 0, bytes, 0, 1) == -1, (short) 3);
        shorts[0] = -1;
        shorts[1] = 1;
        expect(order(shorts, 0, shorts, 1, 1) == -1, (short) 4);
        // by components: 00FF is greater than FF00
        shorts[0] = 0x00FF;
        shorts[1] = (short) 0xFF00;
        expect(order(shorts, 0, shorts, 1, 1) == 1, (short) 5);
        ints[0] = 0x7FFFFFFF;
        ints[1] = 0x80000000;
        expect(order(ints, 0, ints, 1, 1) == 1 && order(ints, 0, ints, 0, 2)
                == 0, (short) 6);
        expect(order(bytes, 8, other, 2, 0) == 0, (short) 7);
    }

    private static short find(Object in, int at, byte[] value, int off) {
        return ArrayLogic.arrayFindGeneric(in, (short) at, value, (short) off);
    }

    // API: javacardx.framework.util.ArrayLogic.arrayFindGeneric
    private void find() {
        expect(find(bytes, 0, bytes, 5) == 5, (short) 1);
        expect(find(bytes, 6, bytes, 5) == -1, (short) 2);
        expect(find(bytes, 8, bytes, 5) == -1, (short) 3);
        shorts[0] = 0x0304; // and not the halves of two components
        shorts[1] = 0x0102;
        shorts[2] = 0x0304;
        shorts[3] = 0x0304;
        expect(find(shorts, 0, bytes, 2) == 0, (short) 4);
        expect(find(shorts, 1, bytes, 2) == 2, (short) 5);
        byte[] across = {4, 1};
        expect(find(shorts, 0, across, 0) == -1, (short) 6);
        ints[0] = 0;
        ints[1] = 0x01020304;
        expect(find(ints, 0, bytes, 0) == 1, (short) 7);
    }

    private static final byte OK = 0, BOUNDS = 1, NULL = 2, VALUE = 3,
            MISMATCH = 4, OTHER = 5;

    private byte refused(short which) {
        byte[] b = bytes;
        short[] s = shorts;
        try {
            switch (which) {
            case 1: copy(b, 0, 3, s, 0); break;
            case 2: copy(b, 0, 6, ints, 0); break;
            case 3: copy(s, 0, 1, ints, 0); break;
            case 4: copy(objects, 0, 1, b, 0); break;
            case 5: copy(b, 0, 1, objects, 0); break;
            case 6: copy(this, 0, 0, b, 0); break;
            case 7: copy(b, 0, 1, this, 0); break;
            case 8: copy(null, 0, 0, b, 0); break;
            case 9: copy(objects, 0, 0, null, 0); break;
            case 10: copy(b, -1, 1, b, 0); break;
            case 11: copy(b, 0, -1, b, 0); break;
            case 12: copy(b, 0, 1, b, -1); break;
            case 13: copy(b, 1, 8, b, 0); break;
            case 14: copy(b, 0, 4, s, 3); break;
            case 15: copy(s, 0, 4, b, 1); break;
            case 16: ArrayLogic.arrayFillGeneric(s, (short) 0, (short) 1, b,
                    (short) 0); break;
            case 17: ArrayLogic.arrayFillGeneric(flags, (short) 0, (short) 1, b,
                    (short) 0); break;
            case 18: ArrayLogic.arrayFillGeneric(s, (short) 0, (short) 1,
                    objects, (short) 0); break;
            case 19: ArrayLogic.arrayFillGeneric(s, (short) 0, (short) 1, s,
                    (short) 4); break;
            case 20: ArrayLogic.arrayFillGeneric(s, (short) 0, (short) 5, s,
                    (short) 0); break;
            case 21: ArrayLogic.arrayFillGenericNonAtomic(null, (short) 0,
                    (short) 0, s, (short) 0); break;
            case 22: order(s, 0, b, 0, 1); break;
            case 23: order(objects, 0, objects, 0, 1); break;
            case 24: order(s, 3, s, 0, 2); break;
            case 25: order(s, 0, s, 0, -1); break;
            case 26: order(s, 0, null, 0, 0); break;
            case 27: find(s, 5, b, 0); break;
            case 28: find(s, -1, b, 0); break;
            case 29: find(ints, 0, b, 5); break;
            case 30: find(objects, 0, b, 0); break;
            case 31: find(b, 0, null, 0); break;
            default: return OTHER;
            }
        } catch (ArrayIndexOutOfBoundsException e) {
            return BOUNDS;
        } catch (NullPointerException e) {
            return NULL;
        } catch (UtilException e) {
            return e.getReason() == UtilException.ILLEGAL_VALUE ? VALUE
                    : e.getReason() == UtilException.TYPE_MISMATCHED ? MISMATCH
                    : OTHER;
        }
        return OK;
    }

    private static final byte[] REFUSALS = {OTHER, VALUE, VALUE, VALUE, VALUE,
        VALUE, VALUE, VALUE, NULL, NULL, BOUNDS, BOUNDS, BOUNDS, BOUNDS, BOUNDS,
        BOUNDS, MISMATCH, MISMATCH, VALUE, BOUNDS, BOUNDS, NULL, MISMATCH,
        VALUE, BOUNDS, BOUNDS, NULL, BOUNDS, BOUNDS, BOUNDS, VALUE, NULL};

    private void refuse() {
        short before = shorts[3];
        for (short i = 1; i < REFUSALS.length; i++)
            expect(refused(i) == REFUSALS[i], i);
        expect(bytes[0] == 1 && shorts[3] == before, (short) 0x80);
    }

    /** The atomic ones take part, the others do not. */
    private void transaction() {
        shorts[0] = 0x1111;
        shorts[3] = 0x2222;
        JCSystem.beginTransaction();
        copy(bytes, 0, 2, shorts, 0);
        ArrayLogic.arrayFillGeneric(shorts, (short) 3, (short) 1, shorts,
                (short) 0);
        ArrayLogic.arrayCopyRepackNonAtomic(bytes, (short) 0, (short) 4, ints,
                (short) 0);
        JCSystem.abortTransaction();
        expect(shorts[0] == 0x1111 && shorts[3] == 0x2222, (short) 1);
        expect(ints[0] == 0x01020304, (short) 2);
    }

    // API: javacardx.framework.util.intx.JCint.makeInt
    // API: javacardx.framework.util.intx.JCint.getInt
    // API: javacardx.framework.util.intx.JCint.setInt
    // API: javacardx.framework.util.intx.JCint.makeTransientIntArray
    private void ints() {
        expect(JCint.makeInt((byte) 0x80, (byte) 1, (byte) 0xFF, (byte) 2)
                == 0x8001FF02, (short) 1);
        expect(JCint.makeInt((short) 0x8001, (short) 0xFF02) == 0x8001FF02,
                (short) 2);
        expect(JCint.getInt(bytes, (short) 4) == 0x05060788, (short) 3);
        byte[] b = new byte[5];
        expect(JCint.setInt(b, (short) 1, 0x80FF0102) == 5 && b[1] == (byte) 0x80
                && b[4] == 2, (short) 4);
        expect(volatileInts.length == 2
                && JCSystem.isTransient(volatileInts) == 1, (short) 5);
        try {
            JCint.getInt(bytes, (short) 5);
            expect(false, (short) 6);
        } catch (ArrayIndexOutOfBoundsException e) {
        }
        try {
            JCint.makeTransientIntArray((short) 1, (byte) 3);
            expect(false, (short) 7);
        } catch (SystemException e) {
            expect(e.getReason() == SystemException.ILLEGAL_VALUE, (short) 8);
        }
        try {
            UtilException.throwIt((short) 77);
        } catch (UtilException e) {
            expect(e.getReason() == 77, (short) 9);
        }
    }

    private static boolean hasMemory(byte type, short[] size) {
        try {
            Memory.getMemoryAccessInstance(type, size, (short) 0);
        } catch (ExternalException e) {
            return e.getReason() != ExternalException.NO_SUCH_SUBSYSTEM;
        }
        return true;
    }

    // API: javacardx.external.Memory.getMemoryAccessInstance
    // API: javacardx.framework.event.EventRegistry.getEventRegistry
    private void external() {
        expect(!hasMemory(Memory.MEMORY_TYPE_MIFARE, null), (short) 1);
        shorts[0] = 0;
        shorts[1] = 9;
        expect(hasMemory(Memory.MEMORY_TYPE_EXTENDED_STORE, shorts), (short) 2);
        try {
            EventRegistry.getEventRegistry(this).register(null);
            expect(false, (short) 3);
        } catch (SystemException e) {
            expect(e.getReason() == SystemException.NO_RESOURCE, (short) 4);
        }
        try {
            EventRegistry.getEventRegistry(null).unregister(null);
            expect(false, (short) 5);
        } catch (NullPointerException e) {
        }
    }
}
