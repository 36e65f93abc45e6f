package org.postcard.corpus.exceptions;

/* An unchecked one without a reason. */
class Surprise extends RuntimeException {
    short note;
}
