package org.postcard.test.server;

import javacard.framework.Shareable;
import org.postcard.test.library.Own;
import org.postcard.test.library.Plain;

/** Objects of the server's, and what it does with those of a client. */
public interface Guard extends Shareable {
    Own own();

    Plain plain();

    byte[] bytes();

    short[] shorts();

    Object[] objects();

    /** An array of the server's that it does not hold itself: 1, 2, 3. */
    byte[] make();

    /** By the array's own method. */
    boolean isSame(byte[] one, byte[] other);

    byte[] bytesOf(Object array);

    short sum(byte[] array);

    void put(byte[] array, short i, byte value);

    short first(short[] array);

    /** Keeps a reference in a field. */
    void keep(Object object);

    boolean keepsNothing();

    /** Uses its own CLEAR_ON_DESELECT memory, in one way or another. */
    void useDeselected(byte how);

    /** Calls back; what the client said. */
    boolean chain(Answer client, byte[] buffer, short offset, byte length);

    /** Whether its getShareableInterfaceObject was entered from the runtime. */
    boolean metByRuntime();

    void abort();
}
