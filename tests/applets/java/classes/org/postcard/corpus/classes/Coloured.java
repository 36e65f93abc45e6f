package org.postcard.corpus.classes;

interface Coloured extends Named {
    byte colour(byte shade);
}
