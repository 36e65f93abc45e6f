package org.postcard.attack.shared;

/** An exception of the server's own. */
public class Trouble extends RuntimeException {
}
