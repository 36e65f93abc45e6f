package org.postcard.test.guard;

import javacard.framework.*;
import javacardx.framework.nio.*;

/** javacardx.framework.nio; a buffer that is kept is `kept`. */
class Buffers {
    private final byte[] bytes = new byte[16];
    private final ByteBuffer kept = ByteBuffer.wrap(bytes);
    private final ByteBuffer other = ByteBuffer.allocateDirect(8);
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    void look(byte what, byte[] buffer) {
        switch (what) {
        case 0: places(); break;
        case 1: values(); break;
        case 2: little(); break;
        case 3: many(); break;
        case 4: pouring(); break;
        case 5: slices(); break;
        case 6: readOnly(); break;
        case 7: direct(); break;
        case 8: comparing(); break;
        case 9: refusals(buffer); break;
        case 10: transactions(); break;
        case 11: keep(); break;
        case 12: after(); break;
        case 13: sensitive(); break;
        case 14: prepare(); break;
        case 15: change(); break;
        case 16: Guard.expect(isKnown()); break;
        default: ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    private static final byte OVER = 1;
    private static final byte UNDER = 2;
    private static final byte READ_ONLY = 3;
    private static final byte INDEX = 4;
    private static final byte SECURITY = 5;
    private static final byte NULL = 6;

    /** What a call throws: one of these, or 10 + a SystemException's reason. */
    private short thrown(byte what, ByteBuffer b, int n, Object o) {
        try {
            switch (what) {
            case 0: b.position(n); break;
            case 1: b.limit(n); break;
            case 2: b.get(); break;
            case 3: b.put((byte) n); break;
            case 4: b.get(n); break;
            case 5: b.put(n, (byte) 1); break;
            case 6: b.getShort(); break;
            case 7: b.putShort((short) n); break;
            case 8: b.getShort(n); break;
            case 9: b.putShort(n, (short) 1); break;
            case 10: b.getInt(); break;
            case 11: b.putInt(n); break;
            case 12: b.getInt(n); break;
            case 13: b.putInt(n, 1); break;
            case 14: b.get((byte[]) o); break;
            case 15: b.put((byte[]) o); break;
            case 16: b.get((byte[]) o, n, 4); break;
            case 17: b.put((byte[]) o, n, 4); break;
            case 18: b.put((ByteBuffer) o); break;
            case 19: b.compact(); break;
            case 20: b.array(); break;
            case 21: b.arrayOffset(); break;
            case 22: ByteBuffer.wrap((byte[]) o); break;
            case 23: ByteBuffer.wrap((byte[]) o, n, 4); break;
            case 24: ByteBuffer.allocateDirect(n); break;
            case 25: b.order((ByteOrder) o); break;
            case 26: b.compareTo((ByteBuffer) o); break;
            default: b.get((byte[]) o, 0, n);
            }
            return 0;
        } catch (BufferOverflowException e) {
            return OVER;
        } catch (BufferUnderflowException e) {
            return UNDER;
        } catch (ReadOnlyBufferException e) {
            return READ_ONLY;
        } catch (IndexOutOfBoundsException e) {
            return INDEX;
        } catch (SecurityException e) {
            return SECURITY;
        } catch (NullPointerException e) {
            return NULL;
        } catch (SystemException e) {
            return (short) (10 + e.getReason());
        }
    }

    private static boolean at(Buffer b, int position, int limit, int capacity) {
        return b.position() == position && b.limit() == limit
                && b.capacity() == capacity
                && b.remaining() == limit - position
                && b.hasRemaining() == (limit > position);
    }

    // API: javacardx.framework.nio.Buffer.capacity
    // API: javacardx.framework.nio.Buffer.position
    // API: javacardx.framework.nio.Buffer.limit
    // API: javacardx.framework.nio.Buffer.clear
    // API: javacardx.framework.nio.Buffer.flip
    // API: javacardx.framework.nio.Buffer.rewind
    // API: javacardx.framework.nio.Buffer.remaining
    // API: javacardx.framework.nio.Buffer.hasRemaining
    // API: javacardx.framework.nio.Buffer.isReadOnly
    // API: javacardx.framework.nio.Buffer.hasArray
    // API: javacardx.framework.nio.Buffer.array
    // API: javacardx.framework.nio.Buffer.arrayOffset
    // API: javacardx.framework.nio.Buffer.isDirect
    // API: javacardx.framework.nio.ByteBuffer.wrap
    private void places() {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        Guard.expect(at(b, 0, 16, 16));
        Guard.expect(!b.isReadOnly() && !b.isDirect() && b.hasArray()
                && b.array() == bytes && b.arrayOffset() == 0);
        Buffer base = b;
        Guard.expect(base.array() == bytes && base.hasArray()
                && base.arrayOffset() == 0 && !base.isReadOnly()
                && !base.isDirect());
        Guard.expect(b.position(5) == b && at(b, 5, 16, 16));
        Guard.expect(b.limit(9) == b && at(b, 5, 9, 16));
        Guard.expect(b.rewind() == b && at(b, 0, 9, 16));
        b.position(9);
        Guard.expect(at(b, 9, 9, 16));
        // the position follows a lower limit
        Guard.expect(b.limit(4) == b && at(b, 4, 4, 16));
        Guard.expect(b.clear() == b && at(b, 0, 16, 16));
        b.position(6);
        Guard.expect(b.flip() == b && at(b, 0, 6, 16));
        Guard.expect(b.flip() == b && at(b, 0, 0, 16));
        b.clear();
        final short value = 10 + SystemException.ILLEGAL_VALUE;
        Guard.expect(thrown((byte) 0, b, -1, null) == value
                && thrown((byte) 0, b, 17, null) == value
                && thrown((byte) 0, b, 0x10000, null) == value
                && thrown((byte) 1, b, -1, null) == value
                && thrown((byte) 1, b, 17, null) == value
                && thrown((byte) 1, b, 0x10005, null) == value);
        b.limit(7);
        Guard.expect(thrown((byte) 0, b, 8, null) == value && at(b, 0, 7, 16));
        ByteBuffer part = ByteBuffer.wrap(bytes, 3, 5);
        Guard.expect(at(part, 3, 8, 16) && part.arrayOffset() == 0
                && part.array() == bytes);
        Guard.expect(at(ByteBuffer.wrap(bytes, 16, 0), 16, 16, 16)
                && at(ByteBuffer.wrap(new byte[0]), 0, 0, 0));
    }

    // API: javacardx.framework.nio.ByteBuffer.get
    // API: javacardx.framework.nio.ByteBuffer.put
    // API: javacardx.framework.nio.ByteBuffer.getShort
    // API: javacardx.framework.nio.ByteBuffer.putShort
    // API: javacardx.framework.nio.ByteBuffer.getInt
    // API: javacardx.framework.nio.ByteBuffer.putInt
    private void values() {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        Guard.expect(b.put((byte) -2) == b && b.putShort((short) 0x8123) == b
                && b.putInt(0x89ABCDEF) == b && at(b, 7, 16, 16));
        Guard.expect(bytes[0] == -2 && bytes[1] == (byte) 0x81
                && bytes[2] == 0x23 && bytes[3] == (byte) 0x89
                && bytes[4] == (byte) 0xAB && bytes[5] == (byte) 0xCD
                && bytes[6] == (byte) 0xEF);
        b.flip();
        Guard.expect(b.get() == -2 && b.getShort() == (short) 0x8123
                && b.getInt() == 0x89ABCDEF && at(b, 7, 7, 16));
        Guard.expect(thrown((byte) 2, b, 0, null) == UNDER
                && thrown((byte) 3, b, 0, null) == OVER && at(b, 7, 7, 16));
        b.position(6);
        Guard.expect(thrown((byte) 6, b, 0, null) == UNDER
                && thrown((byte) 7, b, 0, null) == OVER);
        b.position(4);
        Guard.expect(thrown((byte) 10, b, 0, null) == UNDER
                && thrown((byte) 11, b, 0, null) == OVER && at(b, 4, 7, 16));
        Guard.expect(bytes[4] == (byte) 0xAB && bytes[6] == (byte) 0xEF);
        // by index, whatever the position is
        Guard.expect(b.get(0) == -2 && b.getShort(1) == (short) 0x8123
                && b.getInt(3) == 0x89ABCDEF && at(b, 4, 7, 16));
        Guard.expect(b.put(6, (byte) 1) == b && b.putShort(5, (short) 2) == b
                && b.putInt(3, 3) == b && at(b, 4, 7, 16));
        Guard.expect(bytes[3] == 0 && bytes[4] == 0 && bytes[5] == 0
                && bytes[6] == 3);
        int[] bad = {-1, 7, 0x10000, -32768, 0x7FFFFFFF, 0x80000000};
        for (short i = 0; i < bad.length; i++) {
            for (byte what = 4; what < 14; what++) {
                if (what < 6 || what == 8 || what == 9 || what > 11)
                    Guard.expect(thrown(what, b, bad[i], null) == INDEX);
            }
        }
        Guard.expect(thrown((byte) 8, b, 6, null) == INDEX
                && thrown((byte) 9, b, 6, null) == INDEX
                && thrown((byte) 12, b, 4, null) == INDEX
                && thrown((byte) 13, b, 4, null) == INDEX);
        Guard.expect(b.getShort(5) == 3 && b.getInt(3) == 3);
    }

    // API: javacardx.framework.nio.ByteBuffer.order
    private void little() {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        Guard.expect(b.order() == ByteOrder.BIG_ENDIAN
                && ByteOrder.BIG_ENDIAN != ByteOrder.LITTLE_ENDIAN);
        Guard.expect(b.order(order) == b && b.order() == order);
        b.putShort((short) 0x8123).putInt(0x89ABCDEF).put((byte) 5);
        Guard.expect(bytes[0] == 0x23 && bytes[1] == (byte) 0x81
                && bytes[2] == (byte) 0xEF && bytes[5] == (byte) 0x89
                && bytes[6] == 5);
        b.rewind();
        Guard.expect(b.getShort() == (short) 0x8123
                && b.getInt() == 0x89ABCDEF && b.get() == 5);
        Guard.expect(b.getShort(0) == (short) 0x8123
                && b.getInt(2) == 0x89ABCDEF);
        Guard.expect(b.slice().order() == ByteOrder.BIG_ENDIAN
                && b.asReadOnlyBuffer().order() == ByteOrder.BIG_ENDIAN);
        b.order(ByteOrder.BIG_ENDIAN);
        Guard.expect(b.getShort(0) == 0x2381 && b.getInt(2) == 0xEFCDAB89);
        Guard.expect(thrown((byte) 25, b, 0, null) == NULL
                && b.order() == ByteOrder.BIG_ENDIAN);
    }

    private void many() {
        byte[] some = {1, 2, 3, 4, 5};
        byte[] out = new byte[5];
        ByteBuffer b = ByteBuffer.wrap(bytes);
        Guard.expect(b.put(some) == b && at(b, 5, 16, 16) && bytes[4] == 5);
        Guard.expect(b.put(some, 1, 3) == b && at(b, 8, 16, 16)
                && bytes[5] == 2 && bytes[7] == 4);
        b.flip();
        Guard.expect(b.get(out) == b && at(b, 5, 8, 16) && out[0] == 1
                && out[4] == 5);
        Guard.expect(b.get(out, 2, 2) == b && at(b, 7, 8, 16) && out[1] == 2
                && out[2] == 2 && out[3] == 3 && out[4] == 5);
        // too many: nothing moves
        Guard.expect(thrown((byte) 14, b, 0, out) == UNDER
                && thrown((byte) 15, b, 0, some) == OVER
                && thrown((byte) 16, b, 0, out) == UNDER
                && thrown((byte) 17, b, 0, some) == OVER && at(b, 7, 8, 16)
                && out[0] == 1 && bytes[7] == 4);
        b.clear();
        Guard.expect(thrown((byte) 16, b, 2, out) == INDEX
                && thrown((byte) 16, b, -1, out) == INDEX
                && thrown((byte) 17, b, 2, some) == INDEX
                && thrown((byte) 17, b, -1, some) == INDEX
                && thrown((byte) 27, b, -1, out) == INDEX
                && thrown((byte) 17, b, 0x7FFFFFFF, some) == INDEX
                && at(b, 0, 16, 16));
        Guard.expect(thrown((byte) 14, b, 0, null) == NULL
                && thrown((byte) 15, b, 0, null) == NULL
                && thrown((byte) 16, b, 0, null) == NULL
                && thrown((byte) 17, b, 0, null) == NULL);
        // onto itself
        b.position(2);
        b.put(bytes, 0, 6);
        Guard.expect(bytes[2] == 1 && bytes[6] == 5 && bytes[7] == 2);
    }

    private void pouring() {
        byte[] some = {1, 2, 3, 4, 5};
        ByteBuffer from = ByteBuffer.wrap(some, 1, 3);
        ByteBuffer to = ByteBuffer.wrap(bytes, 14, 2);
        Guard.expect(thrown((byte) 18, to, 0, from) == OVER
                && at(from, 1, 4, 5) && at(to, 14, 16, 16));
        to.position(13);
        Guard.expect(to.put(from) == to && at(from, 4, 4, 5)
                && at(to, 16, 16, 16) && bytes[13] == 2 && bytes[15] == 4);
        Guard.expect(to.put(from) == to);
        Guard.expect(thrown((byte) 18, to, 0, to)
                == 10 + SystemException.ILLEGAL_VALUE);
        Guard.expect(thrown((byte) 18, to, 0, null) == NULL);
        // API: javacardx.framework.nio.ByteBuffer.compact
        to.position(13);
        Guard.expect(to.compact() == to && at(to, 3, 16, 16) && bytes[0] == 2
                && bytes[1] == 3 && bytes[2] == 4 && bytes[13] == 2);
        to.limit(3);
        to.position(1);
        Guard.expect(to.compact() == to && at(to, 2, 16, 16) && bytes[0] == 3
                && bytes[1] == 4 && bytes[2] == 4);
        to.flip();
        to.compact();
        Guard.expect(at(to, 2, 16, 16) && bytes[0] == 3);
    }

    // API: javacardx.framework.nio.Buffer.slice
    // API: javacardx.framework.nio.ByteBuffer.slice
    private void slices() {
        ByteBuffer b = ByteBuffer.wrap(bytes, 3, 6);
        ByteBuffer s = b.slice();
        Guard.expect(at(s, 0, 6, 6) && at(b, 3, 9, 16)
                && s.arrayOffset() == 3 && s.array() == bytes);
        s.put((byte) 7).put(5, (byte) 8);
        Guard.expect(bytes[3] == 7 && bytes[8] == 8);
        Guard.expect(thrown((byte) 4, s, 6, null) == INDEX
                && thrown((byte) 1, s, 7, null)
                        == 10 + SystemException.ILLEGAL_VALUE);
        Buffer base = s;
        Buffer inner = base.slice();
        Guard.expect(at(inner, 0, 5, 5) && inner.arrayOffset() == 4
                && inner instanceof ByteBuffer && inner != base);
        bytes[5] = 0x55;
        s.position(2);
        s.compact();
        Guard.expect(bytes[3] == 0x55 && bytes[6] == 8
                && at(s, 4, 6, 6));
    }

    // API: javacardx.framework.nio.ByteBuffer.asReadOnlyBuffer
    private void readOnly() {
        byte[] some = {1};
        ByteBuffer b = ByteBuffer.wrap(bytes, 2, 8);
        ByteBuffer r = b.asReadOnlyBuffer();
        Guard.expect(r != b && at(r, 2, 10, 16) && r.isReadOnly()
                && !r.hasArray() && !b.isReadOnly());
        b.put(2, (byte) 0x31);
        Guard.expect(r.get() == 0x31 && r.position() == 3
                && b.position() == 2);
        byte[] writers = {3, 5, 7, 9, 11, 13, 15, 17, 19, 20, 21};
        for (short i = 0; i < writers.length; i++)
            Guard.expect(thrown(writers[i], r, 0, some) == READ_ONLY);
        Guard.expect(thrown((byte) 18, r, 0, b) == READ_ONLY);
        Guard.expect(at(r, 3, 10, 16) && bytes[2] == 0x31);
        r.rewind();
        r.limit(5);
        Guard.expect(r.slice().isReadOnly() && at(r.slice(), 0, 5, 5)
                && r.asReadOnlyBuffer().isReadOnly());
        ByteBuffer to = ByteBuffer.wrap(new byte[5]);
        Guard.expect(to.put(r) == to && at(r, 5, 5, 16));
    }

    // API: javacardx.framework.nio.ByteBuffer.allocateDirect
    private void direct() {
        ByteBuffer b = ByteBuffer.allocateDirect(10);
        Guard.expect(at(b, 0, 10, 10) && b.isDirect() && !b.isReadOnly()
                && !b.hasArray() && b.order() == ByteOrder.BIG_ENDIAN);
        Guard.expect(b.getInt() == 0 && b.getInt() == 0 && b.getShort() == 0);
        b.clear();
        b.putInt(0x01020304);
        Guard.expect(b.get(3) == 4);
        Guard.expect(thrown((byte) 20, b, 0, null)
                == 10 + SystemException.ILLEGAL_USE
                && thrown((byte) 21, b, 0, null)
                        == 10 + SystemException.ILLEGAL_USE);
        Guard.expect(b.slice().isDirect() && b.asReadOnlyBuffer().isDirect());
        Guard.expect(at(ByteBuffer.allocateDirect(0), 0, 0, 0));
        Guard.expect(thrown((byte) 24, null, -1, null)
                == 10 + SystemException.ILLEGAL_VALUE
                && thrown((byte) 24, null, 0x80000000, null)
                        == 10 + SystemException.ILLEGAL_VALUE
                && thrown((byte) 24, null, 0x10000, null)
                        == 10 + SystemException.NO_RESOURCE);
    }

    // API: javacardx.framework.nio.ByteBuffer.compareTo
    // API: javacardx.framework.nio.ByteBuffer.equals
    private void comparing() {
        byte[] one = {9, 1, 2, (byte) 0x80};
        byte[] two = {1, 2, (byte) 0x80, 9};
        ByteBuffer a = ByteBuffer.wrap(one, 1, 3);
        ByteBuffer b = ByteBuffer.wrap(two, 0, 3);
        Guard.expect(a.compareTo(b) == 0 && b.compareTo(a) == 0
                && a.equals(b) && a.equals(a));
        Object object = a;
        Guard.expect(object.equals(b) && !object.equals(one)
                && !object.equals(null) && !object.equals(this));
        Guard.expect(a.equals(b.asReadOnlyBuffer()));
        b.limit(4);
        Guard.expect(a.compareTo(b) < 0 && b.compareTo(a) > 0 && !a.equals(b));
        // bytes are signed
        two[2] = 0x7F;
        Guard.expect(a.compareTo(b) < 0 && b.compareTo(a) > 0);
        a.position(4);
        Guard.expect(a.compareTo(b) < 0);
        b.position(4);
        Guard.expect(a.compareTo(b) == 0 && a.equals(b));
        Guard.expect(thrown((byte) 26, a, 0, null) == NULL);
    }

    private void refusals(byte[] buffer) {
        // what no field may hold cannot be wrapped
        Guard.expect(thrown((byte) 22, null, 0, buffer) == SECURITY
                && thrown((byte) 23, null, 0, buffer) == SECURITY);
        Guard.expect(thrown((byte) 22, null, 0, JCSystem.makeByteArrayView(
                bytes, (short) 0, (short) 4, JCSystem.ATTR_READABLE_VIEW,
                null)) == SECURITY);
        Guard.expect(thrown((byte) 22, null, 0, null) == NULL
                && thrown((byte) 23, null, 0, null) == NULL);
        int[] bad = {-1, 13, 0x7FFFFFFF, 0x80000000, 0x10000};
        for (short i = 0; i < bad.length; i++)
            Guard.expect(thrown((byte) 23, null, bad[i], bytes) == INDEX);
        // but they can be poured into
        ByteBuffer b = ByteBuffer.wrap(bytes);
        b.get(buffer, 0, 4);
        Guard.expect(buffer[3] == bytes[3] && b.position() == 4);
    }

    private void transactions() {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        ByteBuffer c = ByteBuffer.wrap(new byte[8]);
        Util.arrayFill(bytes, (short) 0, (short) 16, (byte) 1);
        JCSystem.beginTransaction();
        b.putShort((short) 0x0909);
        b.order(ByteOrder.LITTLE_ENDIAN);
        b.limit(9);
        b.compact();
        b.clear();
        b.limit(3);
        c.put(b);
        JCSystem.abortTransaction();
        Guard.expect(at(b, 0, 16, 16) && at(c, 0, 8, 8)
                && b.order() == ByteOrder.BIG_ENDIAN && bytes[0] == 1
                && bytes[1] == 1 && c.get(0) == 0);
        JCSystem.beginTransaction();
        b.putShort((short) 0x0909);
        b.limit(3);
        c.put(b);
        JCSystem.commitTransaction();
        Guard.expect(at(b, 3, 3, 16) && at(c, 1, 8, 8) && bytes[1] == 9);
        // a buffer that an abort took back is null
        ByteBuffer born = null;
        JCSystem.beginTransaction();
        born = ByteBuffer.wrap(bytes);
        JCSystem.abortTransaction();
        Guard.expect(born == null);
    }

    private void keep() {
        kept.clear();
        kept.order(order);
        kept.putShort((short) 0x1122);
        kept.limit(12);
    }

    /** Behind a reset. */
    private void after() {
        Guard.expect(at(kept, 2, 12, 16)
                && kept.order() == ByteOrder.LITTLE_ENDIAN
                && order == ByteOrder.LITTLE_ENDIAN
                && kept.getShort(0) == 0x1122);
    }

    private void prepare() {
        for (short i = 0; i < 16; i++)
            bytes[i] = (byte) i;
        other.clear();
        kept.clear();
        kept.limit(12);
        kept.position(5);
    }

    /** What a power cut may interrupt. */
    private void change() {
        kept.compact();
        kept.flip();
        other.put(kept);
    }

    /** Whether the two are as before or after one of these. */
    private boolean isKnown() {
        boolean moved = bytes[0] == 5;
        for (short i = 0; i < 7; i++) {
            if (bytes[i] != (moved ? i + 5 : i))
                return false;
        }
        if (!moved)
            return at(kept, 5, 12, 16) && at(other, 0, 8, 8)
                    && other.get(0) == 0;
        if (other.position() == 0)
            return (at(kept, 7, 16, 16) || at(kept, 0, 7, 16))
                    && other.get(0) == 0;
        return at(other, 7, 8, 8) && at(kept, 7, 7, 16) && other.get(0) == 5
                && other.get(6) == 11;
    }

    private void sensitive() {
        byte[] array = (byte[]) SensitiveArrays.makeIntegritySensitiveArray(
                JCSystem.ARRAY_TYPE_BYTE, JCSystem.MEMORY_TYPE_PERSISTENT,
                (short) 9);
        ByteBuffer b = ByteBuffer.wrap(array);
        b.putInt(0x01020304).put(new byte[2]).put((byte) 7);
        b.flip();
        b.position(3);
        b.compact();
        SensitiveArrays.assertIntegrity(array);
        Guard.expect(array[0] == 4 && array[3] == 7 && at(b, 4, 9, 9));
    }
}
