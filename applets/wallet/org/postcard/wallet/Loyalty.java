package org.postcard.wallet;

import javacard.framework.Shareable;

/**
 * What a loyalty program offers to the wallet.
 *
 * An object on a card belongs to the application that made it, and the
 * firewall keeps all others out. A shareable interface is the one door: its
 * methods can be called from another application, and then run with the
 * rights of the application that owns the object.
 */
public interface Loyalty extends Shareable {
    /** Adds points for a purchase. */
    void grant(short points);
}
