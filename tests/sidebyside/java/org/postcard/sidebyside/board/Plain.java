package org.postcard.sidebyside.board;

/* An interface that is not Shareable. */
public interface Plain {
    short answer();
}
