package org.postcard.test.server;

/** An exception class of the package, with a field. */
public class Own extends RuntimeException {
    short value;

    Own(short value) {
        this.value = value;
    }
}
