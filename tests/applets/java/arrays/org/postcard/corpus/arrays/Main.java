package org.postcard.corpus.arrays;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

/* Arrays of each type: made, filled, stored to, asked for what they are. */
public class Main extends CaseApplet {
    interface Marked {
    }

    static class Plain {
        short n;
    }

    static class Special extends Plain implements Marked {
    }

    private static final byte[] TABLE = {(byte) 0x80, -1, 0, 1, 0x7F};
    private static final short[] WIDE = {(short) 0x8000, -1, 0, 1, 0x7FFF};
    private static final boolean[] YES = {true, true, false};
    private static Plain[] kept;
    private Object[] own;

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    private static void plain(Log log) {
        byte[] b = new byte[3];
        short[] s = new short[300];
        boolean[] z = new boolean[9];
        for (short i = 0; i < b.length; i++)
            b[i] = (byte) (i * 100);
        for (short i = 0; i < s.length; i++)
            s[i] = (short) (i * 1000);
        for (short i = 0; i < z.length; i++)
            z[i] = i % 3 == 0;
        log.put(b[2]);
        log.put(s[299]);
        log.put(z[6]);
        log.put(z[7]);
        log.put((short) (b.length + s.length + z.length));
        byte[] c = b;
        c[2]--;
        log.put(b[2]);
        b = new byte[] {9, 8, 7, 6};
        log.put((short) (b[3] * 10 + c.length));
        short[] given = {1, (short) (b[0] * 5), b[1], s[4]};
        for (short v : given)
            log.put(v);
        boolean[] flags = {b[0] > 5, !YES[0], YES[1]};
        for (boolean v : flags)
            log.put(v);
    }

    private static void tables(Log log) {
        for (byte v : TABLE)
            log.put(v);
        for (short v : WIDE)
            log.put(v);
        for (boolean v : YES)
            log.put(v);
        TABLE[2] ^= 5;
        log.put(TABLE[2]);
        TABLE[2] = 0;
    }

    private void references(Log log) {
        own = new Object[4];
        own[0] = own;
        own[1] = new Special();
        own[2] = TABLE;
        log.put(((Object[]) own[0])[1] == own[1]);
        log.put(((Plain) own[1]).n++);
        log.put(((Special) own[1]).n);
        log.put(((byte[]) own[2])[0]);
        log.put(own[3] == null);
        Plain[] p = new Special[2];
        p[0] = new Special();
        log.put(p[0].n);
        kept = p;
        try {
            p[1] = new Plain();
            log.mark((short) 1);
        } catch (ArrayStoreException e) {
            log.threw(e);
        }
        p[1] = null;
        log.put(kept[1] == null);
        try {
            kept[1].n = 4;
        } catch (NullPointerException e) {
            log.threw(e);
        }
        Marked[] m = new Special[1];
        m[0] = (Marked) own[1];
        log.put(m[0] == own[1]);
        Object[] o = m;
        try {
            o[0] = new Plain();
        } catch (ArrayStoreException e) {
            log.threw(e);
        }
        o = new Marked[2];
        o[1] = new Special();
        try {
            o[0] = TABLE;
        } catch (ArrayStoreException e) {
            log.threw(e);
        }
        own[3] = o;
        log.put(own[3] instanceof Marked[]);
        own = null;
    }

    private static void kinds(Log log) {
        Object[] all = {new byte[1], new short[1], new boolean[1],
            new Object[1], new Plain[1], new Special[1], new Marked[1],
            new Special(), null};
        for (Object o : all) {
            log.put(o instanceof byte[]);
            log.put(o instanceof short[]);
            log.put(o instanceof boolean[]);
            log.put(o instanceof Object[]);
            log.put(o instanceof Plain[]);
            log.put(o instanceof Special[]);
            log.put(o instanceof Marked[]);
            log.put(o instanceof Marked);
        }
        for (short i = 0; i < all.length; i++)
            try {
                switch (i % 3) {
                case 0:
                    log.put((short) ((byte[]) all[i]).length);
                    break;
                case 1:
                    log.put((short) ((Object[]) all[i]).length);
                    break;
                default:
                    log.put((short) ((Plain[]) all[i]).length);
                }
            } catch (ClassCastException e) {
                log.threw(e);
            } catch (NullPointerException e) {
                log.threw(e);
            }
    }

    private static short read(Object a, short i) {
        if (a instanceof byte[])
            return ((byte[]) a)[i];
        if (a instanceof short[])
            return ((short[]) a)[i];
        if (a instanceof boolean[])
            return ((boolean[]) a)[i] ? (short) 1 : (short) 2;
        return ((Object[]) a)[i] == null ? (short) 3 : (short) 4;
    }

    private static void write(Object a, short i) {
        if (a instanceof byte[])
            ((byte[]) a)[i] = 1;
        else if (a instanceof short[])
            ((short[]) a)[i] = 1;
        else if (a instanceof boolean[])
            ((boolean[]) a)[i] = true;
        else
            ((Object[]) a)[i] = a;
    }

    private static void bounds(Log log) {
        Object[] all = {new byte[2], new short[2], new boolean[2],
            new Object[2], new byte[0]};
        short[] at = {0, 1, 2, -1, 32767, -32768};
        for (Object a : all)
            for (short i : at) {
                try {
                    write(a, i);
                } catch (ArrayIndexOutOfBoundsException e) {
                    log.threw(e);
                }
                try {
                    log.put((byte) read(a, i));
                } catch (IndexOutOfBoundsException e) {
                    log.threw(e);
                }
            }
    }

    private static void sizes(Log log) {
        short[] sizes = {0, 1, -1, -32768, 5};
        for (short n : sizes)
            try {
                log.put((short) new byte[n].length);
                log.put((short) new Object[n].length);
                log.put((short) new short[n].length);
                log.put((short) new boolean[n].length);
            } catch (NegativeArraySizeException e) {
                log.threw(e);
            }
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            plain(log);
            return true;
        case 1:
            tables(log);
            return true;
        case 2:
            references(log);
            return true;
        case 3:
            kinds(log);
            return true;
        case 4:
            bounds(log);
            return true;
        case 5:
            sizes(log);
            return true;
        default:
            return false;
        }
    }
}
