package javacard.framework;

/* Marks the interfaces that other packages' applets may call. */
public interface Shareable {
}
