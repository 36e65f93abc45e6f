package org.postcard.test.server;

import javacard.framework.AID;
import javacard.framework.Shareable;

/** What the server shares. */
public interface Counter extends Shareable {
    short add(short n);

    /** Whether the caller's AID is these bytes, as the runtime says. */
    boolean calledBy(byte[] buffer, short offset, byte length);

    /** Throws an exception object of the server's own. */
    void fail();

    /** Writes to an array of the server's CLEAR_ON_DESELECT memory. */
    void touch();

    /** Asks what that array is, which is an access to it. */
    boolean look();

    /** Commits what the client has begun. */
    void commit();
}
