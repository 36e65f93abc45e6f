package org.postcard.corpus.classes;

import org.postcard.corpus.base.Log;

class Cube extends Square implements Movable {
    private byte shade = 3;
    short moved;

    Cube(Log log, short edge) {
        super(log, (short) (edge + 1));
        log.mark((short) 3);
    }

    short area() {
        return (short) (super.area() * 6);
    }

    protected short twice() {
        return (short) (super.twice() + 1);
    }

    public byte colour(byte by) {
        return shade += by;
    }

    public void move(short by) {
        moved += by;
        edge++;
    }

    public short run(Object with, boolean fast) {
        return with == this ? fast ? moved : edge : (short) -1;
    }
}
