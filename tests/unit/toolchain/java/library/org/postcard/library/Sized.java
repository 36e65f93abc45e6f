package org.postcard.library;

public interface Sized {
    byte ONE = 1;

    short size();
}
