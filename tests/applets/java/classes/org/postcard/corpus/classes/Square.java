package org.postcard.corpus.classes;

import org.postcard.corpus.base.Log;

class Square extends Figure {
    protected short edge = 7;
    short scale = -5;
    private short own = 200;

    Square(Log log, short edge) {
        super(log);
        log.put(this.edge);
        this.edge = edge;
    }

    void started() {
        super.started();
        log.put(edge);
        edge = 99;
    }

    short area() {
        return (short) (edge * edge);
    }

    private short secret() {
        return own;
    }

    short asked() {
        return secret();
    }

    public short name() {
        return (short) (super.name() + 1);
    }

    static short common() {
        return 22;
    }

    short scales() {
        return (short) (scale * 10 + super.scale + ((Figure) this).scale);
    }
}
