package org.postcard.sidebyside.board;

/* A class both sides know. */
public class Thing implements Plain {
    public byte b = 1;
    public short s = 2;
    public Object o;

    public short answer() {
        return 42;
    }
}
