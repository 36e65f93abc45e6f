package org.postcard.grown;

public class Abler extends Heir {
}
