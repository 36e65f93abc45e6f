package org.postcard.corpus.library;

public interface WideMeter extends Meter {
    int total(int from, byte by);
}
