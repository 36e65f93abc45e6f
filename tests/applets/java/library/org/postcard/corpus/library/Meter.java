package org.postcard.corpus.library;

/* An interface that others implement and call. */
public interface Meter {
    short UNIT = 25;

    short read(short from);

    boolean isFull();
}
