package org.postcard.attack.shared;

import javacard.framework.Shareable;

/** What the server shares; most of it lets objects of its own slip out. */
public interface Vault extends Shareable {
    byte[] bytes();
    short[] shorts();
    int[] ints();
    Object[] objects();
    Sample sample();
    Plain plain();
    Trouble trouble();

    /** The first element, which the server itself reads. */
    short first(byte[] array);

    /** Makes an object while the client's transaction is open. */
    void make();

    /** Whether the object that make() made is gone. */
    boolean isGone();

    /** Begins, or ends, a transaction and leaves it so. */
    void begin();
    void commit();
    void abort();

    /** Calls the client back: the length of its caller's AID, or 0. */
    short callBack(Callback client, boolean inTransaction);

    /** Who calls: the last byte of the AID before the last switch, or 0. */
    short caller();

    /** What Applet.getShareableInterfaceObject saw of the one before. */
    short callerOfSharing();

    /** Makes, and touches, memory that is cleared when the server leaves. */
    void makeForSelection();
    void touchForSelection();

    /** A view of the secret's first four bytes that may only be read. */
    byte[] view(Shareable client);

    /** Of other kinds than a client may think. */
    short add(short a, short b);
    int word();

    /** Keeps an object of the client's; whether it is there still. */
    void keep(Object theirs);
    boolean keeps();

    /** Throws an exception that the server has made. */
    void fail();
}
