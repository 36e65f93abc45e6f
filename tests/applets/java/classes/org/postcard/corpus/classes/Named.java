package org.postcard.corpus.classes;

interface Named {
    short NUMBER = 21;

    short name();
}
