package org.postcard.test.roles;

/** What only an applet can do, for its role. */
public interface Host {
    void registerAs(byte[] name, short offset, byte length);

    void registerPlain();

    boolean isSelecting();

    boolean isReselecting();
}
