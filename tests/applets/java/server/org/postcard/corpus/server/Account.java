package org.postcard.corpus.server;

import javacard.framework.Shareable;

/* What the server's applet lets others do. */
public interface Account extends Shareable {
    short credit(short by);

    boolean debit(short by);

    short balance();

    Account other();

    void fail(short reason);
}
