package org.postcard.corpus.classes;

/* Two interfaces at once, one of them by way of another. */
interface Movable extends Coloured, Runner {
    void move(short by);
}
