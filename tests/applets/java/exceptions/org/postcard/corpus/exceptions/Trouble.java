package org.postcard.corpus.exceptions;

import javacard.framework.UserException;

/* The root of the checked ones here. */
class Trouble extends UserException {
    Trouble(short reason) {
        super(reason);
    }
}
