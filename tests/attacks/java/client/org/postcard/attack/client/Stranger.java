package org.postcard.attack.client;

import javacard.framework.OwnerPIN;

/** A PIN that says it has been presented. */
class Stranger extends OwnerPIN {
    Stranger() {
        super((byte) 3, (byte) 8);
    }

    protected boolean getValidatedFlag() {
        return true;
    }

    protected void setValidatedFlag(boolean value) {
    }

    boolean flag() {
        return super.getValidatedFlag();
    }
}
