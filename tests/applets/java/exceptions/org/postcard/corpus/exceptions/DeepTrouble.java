package org.postcard.corpus.exceptions;

/* A checked one with something of its own. */
class DeepTrouble extends Trouble {
    final byte depth;

    DeepTrouble(byte depth) {
        super((short) (depth * 100));
        this.depth = depth;
    }
}
