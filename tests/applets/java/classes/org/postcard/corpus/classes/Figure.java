package org.postcard.corpus.classes;

import org.postcard.corpus.base.Log;

/* The top of a small hierarchy: initialisers, chained constructors, methods
 * of each visibility. */
abstract class Figure implements Named {
    static short made;
    protected short size = 3;
    short scale = (short) (size * 2);
    private short own = 100;
    final Log log;

    {
        size += 4;
        own++;
    }

    Figure(Log log, short size) {
        this.log = log;
        log.mark((short) 1);
        log.put(this.size);
        this.size = size;
        made++;
        started();
    }

    Figure(Log log) {
        this(log, (short) 50);
        log.mark((short) 2);
    }

    /* Called before the constructors below have run. */
    void started() {
        log.put(size);
    }

    abstract short area();

    protected short twice() {
        return (short) (area() * 2);
    }

    private short secret() {
        return own;
    }

    short told() {
        return (short) (secret() + made);
    }

    public short name() {
        return 1;
    }

    static short common() {
        return 11;
    }

    final short fixed() {
        return (short) (name() * 1000 + scale);
    }
}
