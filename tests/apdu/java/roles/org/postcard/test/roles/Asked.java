package org.postcard.test.roles;

import javacard.framework.Shareable;

/** What a role shares. */
public interface Asked extends Shareable {
    /** Writes to its CLEAR_ON_DESELECT memory. */
    void touch();
}
