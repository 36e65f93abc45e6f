package org.postcard.corpus.classes;

interface Runner {
    short run(Object with, boolean fast);

    short name();
}
