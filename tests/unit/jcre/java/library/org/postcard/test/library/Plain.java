package org.postcard.test.library;

/** An interface that is not shareable. */
public interface Plain {
    short plain();
}
