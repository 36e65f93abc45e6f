package org.postcard.attack.client;

import javacard.framework.*;

/** Transactions, allocation and deletion. */
class Memory {
    private static final byte PATTERN = (byte) 0x5A;
    private static byte[] born;

    private final Client client;
    private final byte[] bytes = new byte[64];
    private final byte[] large = new byte[20000];
    private OwnerPIN pin;
    private Object[] chain;

    Memory(Client client) {
        this.client = client;
    }

    private static byte[] abortedAfter(byte[] made) {
        JCSystem.abortTransaction();
        short[] other = new short[16];

        other[0] = 0x1234;
        return made;
    }

    private static short use(byte[] array, short nothing) {
        short[] other = new short[16];

        other[0] = 0x1234;
        return (short) (array == null ? 0 : array[0]);
    }

    private static short abort() {
        JCSystem.abortTransaction();
        return 0;
    }

    private static void inner(byte[] array) {
        JCSystem.abortTransaction();
    }

    /* 0 when the reference has become null, else what is read with it. */
    short births(byte variant) {
        byte[] a = null;

        JCSystem.beginTransaction();
        switch (variant) {
        case 0: /* a local */
            a = new byte[16];
            JCSystem.abortTransaction();
            break;
        case 1: /* a parameter */
            a = abortedAfter(new byte[16]);
            break;
        case 2: /* the stack */
            return use(new byte[16], abort());
        case 3: /* a transient array */
            client.transients[1] = new byte[16];
            JCSystem.abortTransaction();
            a = (byte[]) client.transients[1];
            break;
        case 4: /* a static */
            born = new byte[16];
            JCSystem.abortTransaction();
            a = born;
            break;
        case 5: /* an argument two frames up */
            a = new byte[16];
            inner(a);
            break;
        case 6: /* the server's side */
            Client.vault().make();
            JCSystem.abortTransaction();
            return (short) (Client.vault().isGone() ? 0 : 1);
        case 7: /* a field of an object that stays */
            client.field = new byte[16];
            JCSystem.abortTransaction();
            a = (byte[]) client.field;
            break;
        case 8: /* used, not compared */
            a = new byte[16];
            JCSystem.abortTransaction();
            return a[0];
        case 9: /* given to a native */
            a = new byte[16];
            JCSystem.abortTransaction();
            return Util.getShort(a, (short) 0);
        case 10: /* stored */
            a = new byte[16];
            JCSystem.abortTransaction();
            client.objects[3] = a;
            a = (byte[]) client.objects[3];
            break;
        case 11: /* a transient array born there */
            a = JCSystem.makeTransientByteArray((short) 16,
                    JCSystem.CLEAR_ON_RESET);
            JCSystem.abortTransaction();
            break;
        case 12: /* cast, and asked for its class */
            a = new byte[16];
            JCSystem.abortTransaction();
            Object o = a;
            return (short) (o instanceof byte[] ? 1 : 0);
        default:
            JCSystem.abortTransaction();
            return -1;
        }
        short[] other = new short[16];
        other[0] = 0x1234;
        return (short) (a == null ? 0 : 0x100 | a[0]);
    }

    /* One byte, written in both ways, then an abort. */
    short mixed(byte variant) {
        bytes[0] = 1;
        JCSystem.beginTransaction();
        switch (variant) {
        case 0:
            bytes[0] = 2;
            Util.arrayFillNonAtomic(bytes, (short) 0, (short) 1, (byte) 3);
            break;
        case 1:
            Util.arrayFillNonAtomic(bytes, (short) 0, (short) 1, (byte) 3);
            bytes[0] = 2;
            break;
        case 2:
            Util.arrayFillNonAtomic(bytes, (short) 0, (short) 1, (byte) 3);
            break;
        case 3:
            bytes[1] = 9;
            Util.arrayCopyNonAtomic(bytes, (short) 1, bytes, (short) 0,
                    (short) 1);
            break;
        default:
            break;
        }
        JCSystem.abortTransaction();
        return bytes[0];
    }

    short pins(byte variant) {
        switch (variant) {
        case 0:
            pin = new OwnerPIN((byte) 3, (byte) 4);
            Util.arrayFill(bytes, (short) 16, (short) 8, (byte) 0x31);
            pin.update(bytes, (short) 16, (byte) 4);
            return pin.getTriesRemaining();
        case 1: /* a wrong one in a transaction that is taken back */
            Util.arrayFill(bytes, (short) 16, (short) 8, (byte) 0x32);
            JCSystem.beginTransaction();
            pin.check(bytes, (short) 16, (byte) 4);
            JCSystem.abortTransaction();
            return pin.getTriesRemaining();
        case 2: /* the right one, so too */
            Util.arrayFill(bytes, (short) 16, (short) 8, (byte) 0x31);
            JCSystem.beginTransaction();
            pin.check(bytes, (short) 16, (byte) 4);
            JCSystem.abortTransaction();
            return pin.getTriesRemaining();
        case 3: return pin.getTriesRemaining();
        case 4: return (short) (pin.isValidated() ? 1 : 0);
        case 5: /* a wrong one, and the power may fail in it */
            Util.arrayFill(bytes, (short) 16, (short) 8, (byte) 0x32);
            return (short) (pin.check(bytes, (short) 16, (byte) 4) ? 1 : 0);
        case 6: pin = null; JCSystem.requestObjectDeletion(); return 0;
        default: return -1;
        }
    }

    private short fillBuffer() {
        short n = 0;

        for (short i = 0; i < (short) large.length; i++) {
            large[i] = 1;
            n++;
        }
        return n;
    }

    private short countOnes() {
        short n = 0;

        for (short i = 0; i < (short) large.length; i++)
            n += large[i];
        return n;
    }

    short overflow(byte variant) {
        switch (variant) {
        case 0: /* until it is full, then taken back */
            JCSystem.beginTransaction();
            try {
                fillBuffer();
                return -1;
            } catch (TransactionException e) {
                short reason = e.getReason();
                JCSystem.abortTransaction();
                return (short) (reason << 8 | countOnes() & 0xFF);
            }
        case 1: /* full, then committed: the byte that failed is not there */
            JCSystem.beginTransaction();
            short done = 0;
            try {
                for (; done < (short) large.length; done++)
                    large[done] = 1;
            } catch (TransactionException e) {
            }
            JCSystem.commitTransaction();
            short ones = countOnes();
            Util.arrayFillNonAtomic(large, (short) 0, (short) large.length,
                    (byte) 0);
            return (short) (ones == done && done > 0 ? 0 : 1);
        case 2: /* the exception leaves process() */
            JCSystem.beginTransaction();
            fillBuffer();
            return -1;
        case 3: return countOnes();
        case 4: /* a copy that does not fit changes nothing */
            Util.arrayFillNonAtomic(large, (short) 0, (short) 10000, (byte) 1);
            JCSystem.beginTransaction();
            try {
                Util.arrayCopy(large, (short) 0, large, (short) 10000,
                        (short) 10000);
                Util.arrayCopy(large, (short) 0, large, (short) 10000,
                        (short) 10000);
            } catch (TransactionException e) {
            }
            JCSystem.abortTransaction();
            short n = countOnes();
            Util.arrayFillNonAtomic(large, (short) 0, (short) large.length,
                    (byte) 0);
            return (short) (n == 10000 ? 0 : 1);
        case 5: /* open when process() ends */
            JCSystem.beginTransaction();
            large[7] = 1;
            return 0;
        case 6: /* an exception in it leaves process() */
            JCSystem.beginTransaction();
            large[7] = 1;
            ISOException.throwIt((short) 0x6985);
            return 0;
        default: return -1;
        }
    }

    short nesting(byte variant) {
        switch (variant) {
        case 0:
            JCSystem.beginTransaction();
            JCSystem.beginTransaction();
            return -1;
        case 1: JCSystem.commitTransaction(); return -1;
        case 2: JCSystem.abortTransaction(); return -1;
        case 3: /* the server begins, and it is open here */
            Client.vault().begin();
            short depth = JCSystem.getTransactionDepth();
            JCSystem.abortTransaction();
            return depth;
        case 4: /* the server begins within ours */
            JCSystem.beginTransaction();
            Client.vault().begin();
            return -1;
        case 5: /* the server begins, and nobody ends it */
            client.sum = 1;
            Client.vault().begin();
            client.sum = 2;
            return 0;
        case 6: return client.sum;
        default: return -1;
        }
    }

    private void exhaustOne(byte kind) {
        Object[] link = null;

        while (true) {
            switch (kind) {
            case 0: client.field = new byte[1000]; break;
            case 1: client.field = new Object[1]; break;
            case 2:
                JCSystem.makeTransientByteArray((short) 500,
                        JCSystem.CLEAR_ON_RESET);
                break;
            case 3:
                JCSystem.makeTransientByteArray((short) 500,
                        JCSystem.CLEAR_ON_DESELECT);
                break;
            case 4: client.field = new Stranger(); break;
            default:
                link = new Object[100];
                link[0] = chain;
                chain = link;
            }
        }
    }

    /* The reason of the exception that ends it; kind | 10: in a transaction. */
    short exhaust(byte variant) {
        boolean inside = (variant & 0x10) != 0;

        if (variant == 0x20) {
            chain = null;
            client.field = null;
            JCSystem.requestObjectDeletion();
            return 0;
        }
        if (variant == 0x21) {
            byte[] again = new byte[1000];
            return (short) again.length;
        }
        if (inside)
            JCSystem.beginTransaction();
        try {
            exhaustOne((byte) (variant & 0x0F));
        } catch (SystemException e) {
            short reason = e.getReason();
            if (inside)
                JCSystem.abortTransaction();
            return reason;
        } catch (TransactionException e) {
            short reason = e.getReason();
            JCSystem.abortTransaction();
            return (short) (0x200 | reason);
        }
        return -1;
    }

    short transients(byte variant) {
        switch (variant) {
        case 0:
            JCSystem.makeTransientByteArray((short) -1,
                    JCSystem.CLEAR_ON_RESET);
            return -1;
        case 1:
            JCSystem.makeTransientBooleanArray((short) -1,
                    JCSystem.CLEAR_ON_RESET);
            return -1;
        case 2:
            JCSystem.makeTransientShortArray((short) -32768,
                    JCSystem.CLEAR_ON_RESET);
            return -1;
        case 3:
            JCSystem.makeTransientObjectArray((short) -1,
                    JCSystem.CLEAR_ON_RESET);
            return -1;
        case 4:
            JCSystem.makeTransientByteArray((short) 4, (byte) 0);
            return -1;
        case 5:
            JCSystem.makeTransientByteArray((short) 4, (byte) 3);
            return -1;
        case 6: /* the server is not selected */
            Client.vault().makeForSelection();
            return -1;
        default: return -1;
        }
    }

    private short notZero(byte[] array) {
        short n = 0;

        for (short i = 0; i < (short) array.length; i++) {
            if (array[i] != 0)
                n++;
        }
        return n;
    }

    short wiped(byte variant) {
        byte[] a = null;

        switch (variant) {
        case 0: /* filled, and let go */
            a = new byte[2000];
            Util.arrayFillNonAtomic(a, (short) 0, (short) 2000, PATTERN);
            JCSystem.requestObjectDeletion();
            return 0;
        case 1: return notZero(new byte[4000]);
        case 2: /* filled in a transaction that is taken back */
            JCSystem.beginTransaction();
            a = new byte[2000];
            Util.arrayFillNonAtomic(a, (short) 0, (short) 2000, PATTERN);
            JCSystem.abortTransaction();
            return notZero(new byte[4000]);
        case 3: /* of memory for the session */
            a = JCSystem.makeTransientByteArray((short) 2000,
                    JCSystem.CLEAR_ON_DESELECT);
            Util.arrayFillNonAtomic(a, (short) 0, (short) 2000, PATTERN);
            JCSystem.requestObjectDeletion();
            return 0;
        case 4:
            a = JCSystem.makeTransientByteArray((short) 2000,
                    JCSystem.CLEAR_ON_DESELECT);
            JCSystem.requestObjectDeletion();
            return notZero(a);
        default: return -1;
        }
    }
}
