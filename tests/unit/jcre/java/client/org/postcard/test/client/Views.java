package org.postcard.test.client;

import javacard.framework.*;
import org.postcard.test.server.Guard;

/** Array views, used here and by the server they were made for. */
class Views {
    private static final short READ = JCSystem.ATTR_READABLE_VIEW;
    private static final short WRITE = JCSystem.ATTR_WRITABLE_VIEW;

    private byte[] base = {1, 2, 3, 4, 5, 6, 7, 8};
    private short[] words = {100, 200, 300};
    private byte[] other = new byte[4];

    /* Its constructor keeps the Views before it calls Object's. */
    private class Window {
        byte first() {
            return base[0];
        }
    }

    private byte[] view(short at, short n, short rights, Guard user) {
        return JCSystem.makeByteArrayView(base, at, n, rights, user);
    }

    void run(Guard g) {
        Client.expect(new Window().first() == 1, (byte) 79);
        elements();
        atomic();
        for (byte i = 1; i <= 9; i++)
            Client.expect(refused(g, i), (byte) (16 + i));
        for (byte i = 1; i <= 9; i++)
            Client.expect(without(i), (byte) (32 + i));
        shared(g);
        references();
        untilDeselect(g);
        many();
    }

    /** Elements that are references keep their type and the firewall's ban. */
    private void references() {
        AID[] names = new AID[2];
        Object[] v = (Object[]) JCSystem.makeArrayView(names, (short) 1,
                (short) 1, (short) (READ | WRITE), null);
        Object any = v;

        v[0] = JCSystem.getAID();
        Client.expect(names[1] == JCSystem.getAID() && v[0] == names[1],
                (byte) 80);
        Client.expect(any instanceof AID[], (byte) 81);
        try {
            v[0] = base;
            Client.expect(false, (byte) 82);
        } catch (ArrayStoreException e) {
        }
        try {
            v[0] = view((short) 0, (short) 1, READ, null);
            Client.expect(false, (byte) 83);
        } catch (SecurityException e) {
        }
    }

    /**
     * A view of CLEAR_ON_DESELECT memory is made while that is open [JCRE
     * 5.3.2 of 3.1], and then is its user's.
     */
    private void untilDeselect(Guard g) {
        byte[] t = JCSystem.makeTransientByteArray((short) 4,
                JCSystem.CLEAR_ON_DESELECT);
        byte[] v = JCSystem.makeByteArrayView(t, (short) 1, (short) 2,
                (short) (READ | WRITE), null);

        for (byte how = 1; how <= 7; how++) {
            try {
                g.useDeselected(how);
                Client.expect(false, (byte) (88 + how));
            } catch (SecurityException e) {
            }
        }
        Client.expect(JCSystem.isTransient(v) == JCSystem.CLEAR_ON_DESELECT,
                (byte) 85);
        g.put(JCSystem.makeByteArrayView(t, (short) 1, (short) 2, WRITE, g),
                (short) 1, (byte) 7);
        Client.expect(t[2] == 7 && g.sum(JCSystem.makeByteArrayView(v,
                (short) 0, (short) 2, READ, g)) == 7, (byte) 86);
        JCSystem.beginTransaction(); /* takes nothing transient back */
        v[0] = 9;
        JCSystem.abortTransaction();
        Client.expect(t[1] == 9, (byte) 87);
    }

    private void elements() {
        byte[] v = view((short) 2, (short) 3, (short) (READ | WRITE), null);
        Object o = v;

        Client.expect(v.length == 3 && v[0] == 3 && v[2] == 5, (byte) 1);
        v[1] = 44;
        Client.expect(base[3] == 44, (byte) 2);
        base[3] = 4;
        Client.expect(v[1] == 4, (byte) 3);
        Client.expect(JCSystem.isArrayView(v) && !JCSystem.isArrayView(base)
                && !JCSystem.isArrayView(null), (byte) 4);
        Client.expect(JCSystem.getAttributes(v) == (READ | WRITE), (byte) 5);
        Client.expect(o instanceof byte[] && !(o instanceof short[])
                && o.equals(v) && v != base, (byte) 6);
        Util.arrayCopy(v, (short) 0, other, (short) 0, (short) 3);
        Client.expect(other[2] == 5, (byte) 7);
        Util.setShort(v, (short) 0, (short) 0x0A0B);
        Client.expect(base[2] == 10 && base[3] == 11, (byte) 8);
        base[2] = 3;
        base[3] = 4;
        /* a view of a view is one of the array, with no more rights */
        byte[] w = JCSystem.makeByteArrayView(v, (short) 1, (short) 2, READ,
                null);
        Client.expect(w.length == 2 && w[0] == 4 && w[1] == 5, (byte) 9);
        short[] s = JCSystem.makeShortArrayView(words, (short) 1, (short) 2,
                READ, null);
        Client.expect(s.length == 2 && s[1] == 300, (byte) 10);
        Object any = JCSystem.makeArrayView(words, (short) 0, (short) 0, READ,
                null);
        Client.expect(((short[]) any).length == 0, (byte) 11);
        Client.expect(JCSystem.isTransient(v)
                == JCSystem.NOT_A_TRANSIENT_OBJECT, (byte) 12);
        byte[] t = JCSystem.makeTransientByteArray((short) 4,
                JCSystem.CLEAR_ON_RESET);
        t = JCSystem.makeByteArrayView(t, (short) 1, (short) 2,
                (short) (READ | WRITE), null);
        t[1] = 9;
        Client.expect(JCSystem.isTransient(t) == JCSystem.CLEAR_ON_RESET
                && t[1] == 9, (byte) 13);
    }

    /* What is written through a view takes part in a transaction. */
    private void atomic() {
        byte[] v = view((short) 0, (short) 8, (short) (READ | WRITE), null);
        byte[] born;

        JCSystem.beginTransaction();
        v[7] = 88;
        Util.arrayFill(v, (short) 0, (short) 2, (byte) 9);
        born = JCSystem.makeByteArrayView(new byte[2], (short) 0, (short) 2,
                READ, null);
        Client.expect(born.length == 2 && base[7] == 88, (byte) 14);
        JCSystem.abortTransaction();
        Client.expect(base[7] == 8 && v[0] == 1 && v[1] == 2, (byte) 15);
        Client.expect(born == null, (byte) 16);
    }

    private boolean refused(Guard g, byte which) {
        byte[] v = view((short) 0, (short) 4, READ, null);
        byte[] none = null;

        try {
            switch (which) {
            case 1: view((short) 6, (short) 3, READ, null); break;
            case 2: view((short) -1, (short) 1, READ, null); break;
            case 3: view((short) 0, (short) -1, READ, null); break;
            case 4: v[4] = 1; break; /* the right comes before the bounds */
            case 5: JCSystem.makeByteArrayView(none, (short) 0, (short) 0,
                        READ, null); break;
            case 6: view((short) 0, (short) 1, (short) 0, null); break;
            case 7: JCSystem.makeByteArrayView(g.bytes(), (short) 0,
                        (short) 1, READ, null); break;
            case 8: JCSystem.makeByteArrayView(v, (short) 0, (short) 1,
                        WRITE, null); break;
            default: view((short) 0, (short) 1, (short) (READ | 4), null);
            }
        } catch (ArrayIndexOutOfBoundsException e) {
            return which <= 3;
        } catch (NullPointerException e) {
            return which == 5;
        } catch (SystemException e) {
            return (which == 6 || which == 9)
                    && e.getReason() == SystemException.ILLEGAL_VALUE;
        } catch (SecurityException e) {
            return which == 4 || which == 7 || which == 8;
        }
        return false;
    }

    /** Instructions and natives without the right they need. */
    private boolean without(byte which) {
        byte[] in = view((short) 0, (short) 4, READ, null);
        byte[] out = view((short) 4, (short) 4, WRITE, null);

        out[0] = 5; /* these have it */
        Client.expect(in[0] == 1 && out.length == 4, (byte) 48);
        Util.arrayCopy(in, (short) 0, out, (short) 1, (short) 1);
        Client.expect(base[5] == 1, (byte) 49);
        base[5] = 6;
        try {
            switch (which) {
            case 1: in[0] = 1; break;
            case 2: in[0] = out[0]; break;
            case 3: Util.arrayCopy(in, (short) 0, in, (short) 1, (short) 1);
                break;
            case 4: Util.arrayCopyNonAtomic(out, (short) 0, other, (short) 0,
                        (short) 1); break;
            case 5: Util.arrayFill(in, (short) 0, (short) 1, (byte) 7); break;
            case 6: Util.getShort(out, (short) 0); break;
            case 7: Util.setShort(in, (short) 0, (short) 7); break;
            case 8: Util.arrayCompare(in, (short) 0, out, (short) 0,
                        (short) 1); break;
            default: JCSystem.getAID().getBytes(in, (short) 0);
            }
        } catch (SecurityException e) {
            return base[0] == 1 && base[1] == 2;
        }
        return false;
    }

    /** Made for the server: it may, the client may not. */
    private void shared(Guard g) {
        byte[] v = view((short) 0, (short) 4, READ, g);

        Client.expect(g.sum(v) == 10, (byte) 64);
        try {
            g.put(v, (short) 0, (byte) 1);
            Client.expect(false, (byte) 65);
        } catch (SecurityException e) {
        }
        try {
            Client.expect(v[0] == 0, (byte) 66);
            Client.expect(false, (byte) 67);
        } catch (SecurityException e) {
        }
        try {
            g.keep(v);
            Client.expect(false, (byte) 68);
        } catch (SecurityException e) {
        }
        try { /* the array itself stays closed */
            g.sum(base);
            Client.expect(false, (byte) 69);
        } catch (SecurityException e) {
        }
        try { /* and so does a view of the client's */
            g.sum(view((short) 0, (short) 1, READ, null));
            Client.expect(false, (byte) 70);
        } catch (SecurityException e) {
        }
        v = view((short) 4, (short) 2, WRITE, g);
        g.put(v, (short) 1, (byte) 66);
        Client.expect(base[5] == 66, (byte) 71);
        base[5] = 6;
        Client.expect(g.first(JCSystem.makeShortArrayView(words, (short) 2,
                (short) 1, READ, g)) == 300, (byte) 72);
    }

    /** Views that nobody holds any more make room for others. */
    private void many() {
        byte[] first = view((short) 0, (short) 1, READ, null);

        for (short i = 0; i < 300; i++) {
            byte[] v = view((short) (i & 7), (short) 1, READ, null);
            Client.expect(v[0] == base[(short) (i & 7)], (byte) 73);
            v = JCSystem.makeByteArrayView(first, (short) 0, (short) 1, READ,
                    null);
            Client.expect(v[0] == 1, (byte) 75);
        }
        Client.expect(first[0] == 1, (byte) 74);
    }
}
