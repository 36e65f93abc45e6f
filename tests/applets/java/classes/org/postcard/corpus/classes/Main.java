package org.postcard.corpus.classes;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {
    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    private static void figures(Log log) {
        Figure[] all = {new Square(log, (short) 4), new Cube(log, (short) 2)};
        for (Figure f : all) {
            log.put(f.area());
            log.put(f.twice());
            log.put(f.told());
            log.put(f.name());
            log.put(f.fixed());
            log.put(f.scale);
            log.put(((Square) f).scale);
            log.put(((Square) f).scales());
            log.put(((Square) f).asked());
            Named n = f;
            log.put(n.name());
        }
        log.put(Figure.made);
        log.put(Figure.common());
        log.put(Square.common());
        log.put(Cube.common());
    }

    private static void interfaces(Log log) {
        Movable m = new Cube(log, (short) 5);
        m.move((short) 12);
        log.put(m.colour((byte) 4));
        log.put(m.name());
        log.put(m.run(m, true));
        log.put(m.run(m, false));
        log.put(m.run(null, false));
        Coloured c = m;
        log.put(c.colour((byte) -100));
        log.put(c.colour((byte) -100));
        log.put(c.name());
        Runner r = m;
        log.put(r.name());
        log.put(Named.NUMBER);
        log.put(Cube.NUMBER);
    }

    private static void kinds(Log log) {
        Object[] all = {new Square(log, (short) 1), new Cube(log, (short) 1),
            new Overloads(), null, Counter.bytes, all()};
        for (Object o : all) {
            log.put(o instanceof Figure);
            log.put(o instanceof Cube);
            log.put(o instanceof Named);
            log.put(o instanceof Movable);
            log.put(o instanceof Object);
            log.put(o instanceof byte[]);
            log.put(o instanceof Object[]);
            log.put(o instanceof Figure[]);
            try {
                Named n = (Named) o;
                log.put(n == o);
            } catch (ClassCastException e) {
                log.threw(e);
            }
            try {
                Square s = (Square) o;
                log.put(s != null && s.edge > 0);
            } catch (ClassCastException e) {
                log.threw(e);
            }
        }
    }

    private static Object[] all() {
        return new Square[1];
    }

    private static void overloads(Log log) {
        Overloads o = new Overloads();
        Square s = new Cube(log, (short) 3);
        byte b = 1;
        short n = 2;
        log.put(o.of(b));
        log.put(o.of(n));
        log.put(o.of(b < n));
        log.put(o.of(o));
        log.put(o.of((Figure) s));
        log.put(o.of(s));
        log.put(o.of((Object) s));
        log.put(o.of(Counter.bytes));
        log.put(o.of(Counter.shorts));
        log.put(o.of(new Cube[1]));
        log.put(o.of(b, n));
        log.put(o.of(n, b));
        log.put(Overloads.of(n, n, n));
        log.put(o.sum());
        log.put(o.sum(n, b, (short) 300));
    }

    private static void statics(Log log) {
        log.put(Counter.set);
        log.put(Counter.small);
        log.put(Counter.yes);
        log.put(Counter.FIXED);
        for (byte b : Counter.bytes)
            log.put(b);
        for (short s : Counter.shorts)
            log.put(s);
        for (boolean z : Counter.flags)
            log.put(z);
        log.put(Counter.nothing == null);
        log.put((short) Counter.EMPTY.length);
        log.put((short) Counter.blank.length);
        log.put(Counter.blank[2]);
        log.put((short) (Counter.next() * 10 + Counter.next()));
        Counter.set += Counter.next();
        log.put(Counter.set--);
        Counter.nothing = Counter.flags;
        log.put(((boolean[]) Counter.nothing)[0]);
        Counter.bytes[1] ^= 0x55;
        log.put(Counter.bytes[1]);
        Counter.bytes = new byte[2];
        log.put((short) Counter.bytes.length);
    }

    private static void objects(Log log) {
        Object a = new Object();
        Object b = a;
        log.put(a.equals(b));
        log.put(a.equals(new Object()));
        log.put(a == b);
        log.put(a != null);
        Square s = new Square(log, (short) 9);
        log.put(s.equals(s));
        log.put(s.equals(null));
        new Square(log, (short) 10).edge++;
        log.put((s = new Cube(log, (short) 4)).area());
        log.put(s instanceof Cube ? ((Cube) s).moved : (short) -1);
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            figures(log);
            return true;
        case 1:
            interfaces(log);
            return true;
        case 2:
            kinds(log);
            return true;
        case 3:
            overloads(log);
            return true;
        case 4:
            statics(log);
            return true;
        case 5:
            objects(log);
            return true;
        default:
            return false;
        }
    }
}
