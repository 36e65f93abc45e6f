package org.postcard.debug;

public interface Rules extends javacard.framework.Shareable {
    short LIMIT = 300;

    boolean holds(Object o);
}
