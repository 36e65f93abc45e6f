package org.postcard.shapes;

/** An interface with constants, and one that extends it. */
interface Shape {
    short UNIT = 10;
    byte KIND_NONE = 0;

    short area();

    boolean contains(short x, short y);
}
