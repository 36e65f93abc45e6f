package org.postcard.test.library;

import javacard.framework.*;

/** An applet class for others to extend, with final methods above it. */
public abstract class Base extends Applet {
    private short calls;

    protected abstract void answer(APDU apdu, short calls);

    public void process(APDU apdu) {
        if (!selectingApplet())
            answer(apdu, ++calls);
    }
}
