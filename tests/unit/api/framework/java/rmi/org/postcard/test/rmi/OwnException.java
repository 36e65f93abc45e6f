package org.postcard.test.rmi;

import javacard.framework.CardRuntimeException;

/** An heir of what a terminal knows. */
class OwnException extends CardRuntimeException {
    OwnException(short reason) {
        super(reason);
    }
}
