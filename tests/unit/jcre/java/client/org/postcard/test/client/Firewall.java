package org.postcard.test.client;

import javacard.framework.*;
import org.postcard.test.library.Own;
import org.postcard.test.library.Plain;
import org.postcard.test.server.Counter;
import org.postcard.test.server.Guard;

/**
 * Each access of [JCRE 6.2.8] to objects of another context, and what it comes
 * before.  A case says its number when nothing or the wrong thing is thrown.
 */
class Firewall {
    private static Object anyStatic;

    private Object any;
    private Object[] anys = new Object[2];
    private AID[] names = new AID[1];
    private byte[] mine = new byte[4];

    private static void denied(boolean yes, byte place) {
        Client.expect(yes, place);
    }

    /** 6.2.8.3, .4, .5, .7, .8, .9, .10; what is never checked. */
    void objects(Guard g) {
        for (byte i = 1; i <= 13; i++)
            denied(object(g, i), i);
        Own o = g.own();
        any = o; /* a foreign reference may be kept, and compared */
        anyStatic = o;
        denied(any == anyStatic && any == o && o != null, (byte) 14);
        any = anyStatic = null;
        Object shared = g;
        denied(shared instanceof Guard && (Guard) shared == g, (byte) 15);
        denied(!(shared instanceof Counter), (byte) 16);
    }

    private boolean object(Guard g, byte which) {
        Own o = g.own();
        Own none = null;
        Plain p = g.plain();
        Object plain = o;
        Object shared = g;

        try {
            switch (which) {
            case 1: mine[0] = (byte) o.value; break;
            case 2: o.value = 1; break;
            case 3: any = o.reference; break;
            case 4: o.reference = null; break;
            case 5: o.plain(); break;
            case 6: p.plain(); break;
            case 7: o.equals(o); break;
            case 8: if (plain instanceof Own) return false; break;
            case 9: o = (Own) plain; break;
            case 10: if (plain instanceof Plain) return false; break;
            case 11: if (plain instanceof Counter) return false; break;
            case 12: if (shared instanceof Plain) return false; break;
            default: throw o;
            }
        } catch (SecurityException e) {
            try { /* null comes before the firewall */
                none.value = 1;
            } catch (NullPointerException f) {
                return true;
            }
        } catch (RuntimeException e) {
        }
        return false;
    }

    /** 6.2.8.2, .11, and natives that are handed arrays. */
    void arrays(Guard g) {
        for (byte i = 1; i <= 20; i++)
            denied(array(g, i), i);
        any = g.bytes();
        denied(any == g.bytes(), (byte) 21);
        /* a global array is open to all, and Object's methods of it */
        byte[] shared = (byte[]) JCSystem.makeGlobalArray(
                JCSystem.ARRAY_TYPE_BYTE, (short) 2);
        g.put(shared, (short) 1, (byte) 9);
        denied(shared[1] == 9 && g.sum(shared) == 9, (byte) 22);
        denied(g.isSame(shared, shared), (byte) 23);
        any = null;
    }

    private boolean array(Guard g, byte which) {
        byte[] b = g.bytes();
        short[] s = g.shorts();
        Object[] o = g.objects();
        Object plain = b;

        try {
            switch (which) {
            case 1: mine[0] = b[0]; break;
            case 2: b[0] = 1; break;
            case 3: mine[0] = (byte) s[0]; break;
            case 4: s[0] = 1; break;
            case 5: any = o[0]; break;
            case 6: o[1] = null; break;
            case 7: mine[0] = (byte) b.length; break;
            case 8: b[99] = 1; break; /* comes before the bounds */
            case 9: mine[0] = b[(short) -1]; break;
            case 10: if (plain instanceof byte[]) return false; break;
            case 11: s = (short[]) plain; break;
            case 12: plain.equals(plain); break;
            case 13: Util.arrayCopy(b, (short) 0, mine, (short) 0, (short) 1);
                break;
            case 14: Util.arrayCopy(mine, (short) 0, b, (short) 9, (short) 1);
                break;
            case 15: Util.setShort(b, (short) 0, (short) 1); break;
            case 16: JCSystem.lookupAID(b, (short) 0, (byte) 99); break;
            case 17: new OwnerPIN((byte) 1, (byte) 4).update(b, (short) 0,
                        (byte) 4); break;
            case 18: JCSystem.isTransient(b); break;
            case 19: JCSystem.isArrayView(b); break;
            default: o[0] = g.own(); break;
            }
        } catch (SecurityException e) {
            return true;
        } catch (RuntimeException e) {
        }
        return false;
    }

    /** 6.2.8.1 to .3: what is temporary or global may not be kept. */
    void stores(APDU apdu) {
        for (byte i = 1; i <= 6; i++) {
            Object o = temporary(apdu, i);
            for (byte where = 1; where <= 6; where++)
                denied(banned(o, where), (byte) (16 * i + where));
        }
        AID name = JCSystem.getAID(); /* permanent: may be kept */
        any = anyStatic = anys[0] = names[0] = name;
        denied(anys[0] == any, (byte) 1);
        any = anyStatic = anys[0] = names[0] = null;
        try {
            Object number = mine;
            anys = names;
            anys[0] = number;
            denied(false, (byte) 2);
        } catch (ArrayStoreException e) {
            anys = new Object[2];
        }
    }

    private Object temporary(APDU apdu, byte which) {
        switch (which) {
        case 1: return apdu;
        case 2: return apdu.getBuffer();
        case 3: return JCSystem.makeGlobalArray(JCSystem.ARRAY_TYPE_BYTE,
                (short) 3);
        case 4: return JCSystem.makeByteArrayView(mine, (short) 0, (short) 1,
                JCSystem.ATTR_READABLE_VIEW, null);
        case 5: try {
                mine[99] = 1;
            } catch (ArrayIndexOutOfBoundsException e) {
                return e;
            }
        default: return APDU.getCurrentAPDU();
        }
    }

    private boolean banned(Object o, byte where) {
        Object[] none = null;

        try {
            switch (where) {
            case 1: any = o; break;
            case 2: anyStatic = o; break;
            case 3: anys[0] = o; break;
            case 4: anys[99] = o; break; /* before the bounds */
            case 5: Object[] narrow = names;
                narrow[0] = o; /* before the element's type */
                break;
            default: none[0] = o; /* null before all */
            }
        } catch (SecurityException e) {
            return where != 6 && any == null && anyStatic == null;
        } catch (NullPointerException e) {
            return where == 6;
        } catch (RuntimeException e) {
        }
        return false;
    }
}
