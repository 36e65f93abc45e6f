package org.postcard.shapes;

interface Movable extends Shape, Named {
    void move(short dx, short dy);
}
