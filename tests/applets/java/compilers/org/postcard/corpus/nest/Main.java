package org.postcard.corpus.nest;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

/** Private members that nest mates use directly since Java 11. */
public class Main extends CaseApplet {
    private short secret = 5;
    private static short count;
    private final byte[] buffer = new byte[4];

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) {
        short a = log.s();
        switch (number) {
        case 0:
            log.put(new Inner().go(this, a));
            break;
        case 1:
            log.put(adder(a).act((short) 7));
            break;
        case 2:
            Static s = new Static(a);
            log.put(s.v);
            log.put(s.own());
            break;
        case 3:
            new Inner().go(null, a);
            break;
        case 4:
            log.put(Static.absent().own());
            break;
        case 5:
            Heir h = new Heir();
            log.put(h.same());
            log.put(((Base) h).same());
            log.put(h.through());
            break;
        case 6:
            Main none = a > 0 ? this : null;
            log.put(none.new Inner().k);
            break;
        default:
            return false;
        }
        log.put(secret);
        log.put(count);
        log.put(buffer[1]);
        return true;
    }

    private short twice(short x) {
        count++;
        return (short) (x * 2 + secret);
    }

    private static short half(short x) {
        return (short) (x / 2);
    }

    private Act adder(final short q) {
        return new Act() {
            public short act(short z) {
                return (short) (z + q + secret + twice(z));
            }
        };
    }

    interface Act {
        short act(short z);
    }

    private class Inner {
        private short k = 2;

        private short go(Main n, short by) {
            secret--;
            n.secret += by;
            count += 2;
            buffer[1] = 7;
            k *= 3;
            return (short) (n.twice(k) + twice((short) 1) + half((short) 9)
                + buffer[1]);
        }
    }

    private static class Static {
        private final short v;

        private Static(short x) {
            v = x;
        }

        private static Static absent() {
            return null;
        }

        private short own() {
            return v;
        }
    }

    /* A private method is no method that an heir overrides. */
    private static class Base {
        private short same() {
            return 1;
        }

        short through() {
            return same();
        }
    }

    private static class Heir extends Base {
        private short same() {
            return 2;
        }
    }
}
