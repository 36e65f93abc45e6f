package org.postcard.test.server;

import javacard.framework.Shareable;

/** What a client shares with the server it calls. */
public interface Answer extends Shareable {
    boolean calledBy(byte[] buffer, short offset, byte length);
}
