package org.postcard.corpus.user;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;
import org.postcard.corpus.library.Meter;
import org.postcard.corpus.library.Overflow;
import org.postcard.corpus.library.Tank;
import org.postcard.corpus.library.WideMeter;

/* What another package declares, used from this one. */
public class Main extends CaseApplet {
    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    private static void inherited(Log log) {
        Barrel b = new Barrel((short) 20);
        log.put(b.filled);
        log.put(b.level);
        log.put(b.told());
        log.put(b.own());
        log.put(b.twice());
        log.put(b.sum());
        log.put(b.sum());
        Tank t = b;
        t.fill();
        log.put(t.level);
        Meter m = t;
        log.put(m.read((short) 5));
        log.put(m.isFull());
        WideMeter w = b;
        log.put(w.total(100000, (byte) 3));
        log.put(w.read(Meter.UNIT));
        log.put(t instanceof Meter);
        log.put((Object) m instanceof Barrel);
    }

    private static void statics(Log log) {
        short before = Tank.made;
        Tank[] all = {new Barrel((short) 900), null, new Barrel((short) 1)};
        log.put((short) (Tank.made - before));
        log.put(Tank.count(all));
        log.put(Tank.LIMIT);
        log.put(Tank.marks == null);
        Tank.marks = new byte[] {3, 2, 1};
        Tank.marks[0] += 5;
        log.put(Tank.marks[0]);
        Tank.wide += 123456;
        log.put(Tank.wide--);
        log.put(Tank.wide);
    }

    private static void exceptions(Log log) {
        Barrel b = new Barrel((short) 0);
        for (short i = 0; i < 5; i++)
            try {
                log.put(b.pour((short) 150));
            } catch (Overflow e) {
                log.put(e.by);
                log.threw(e);
            }
    }

    private static void anonymous(Log log, final short by) {
        Meter m = new Meter() {
            public short read(short from) {
                return (short) (from * by + UNIT);
            }

            public boolean isFull() {
                return by > 3;
            }
        };
        log.put(m.read((short) 4));
        log.put(m.isFull());
        Tank t = new Tank(by) {
            public void fill() {
                level *= 3;
            }
        };
        log.put(t.read((short) 1));
        log.put(t.isFull());
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            inherited(log);
            return true;
        case 1:
            statics(log);
            return true;
        case 2:
            exceptions(log);
            return true;
        case 3:
            anonymous(log, (short) 6);
            return true;
        default:
            return false;
        }
    }
}
