package org.postcard.shapes;

import javacard.framework.Shareable;

public interface Named extends Shareable {
    byte nameLength();

    short name(byte[] to, short offset);
}
