package org.postcard.sidebyside.board;

import javacard.framework.APDU;
import javacard.framework.Shareable;

/* What the server offers; answers are shorts, so that no object crosses. */
public interface Service extends Shareable {
    short add(short a, short b);

    short first(byte[] array);

    void write(byte[] array, short at, byte value);

    /* Length of the previous context's AID, 0 if there is none. */
    short caller();

    /* Whose AID the callee has. */
    short self();

    void fail(short how);

    void transaction(short how);

    Object give();

    short lost(short which);

    short back(Service client);

    short channel();

    short current(short what);

    void keep(Object o);
}
