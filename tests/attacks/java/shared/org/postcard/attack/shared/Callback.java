package org.postcard.attack.shared;

import javacard.framework.Shareable;

/** What the client shares with the server. */
public interface Callback extends Shareable {
    short called();
}
