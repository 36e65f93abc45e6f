package org.postcard.clash;

public class Both implements Same {
    public void call133() {
    }

    public void call227() {
    }
}
