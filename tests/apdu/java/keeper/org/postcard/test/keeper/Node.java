package org.postcard.test.keeper;

/** An object of a class that goes with its package. */
class Node {
    byte value;
    Node next;
}
