package org.postcard.attack.shared;

/** An interface that is not shareable. */
public interface Plain {
    short value();
}
