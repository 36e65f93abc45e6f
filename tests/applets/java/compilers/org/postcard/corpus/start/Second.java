package org.postcard.corpus.start;

class Second {
    static byte y = 41;
}
