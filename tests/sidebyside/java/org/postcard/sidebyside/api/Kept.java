package org.postcard.sidebyside.api;

import javacard.framework.OwnerPIN;
import org.postcard.corpus.base.Log;

/* A PIN that keeps its validated flag itself, and tells of each access. */
final class Kept extends OwnerPIN {
    private final Log log;
    private boolean flag;

    Kept(Log log, byte tries, byte size) {
        super(tries, size);
        this.log = log;
    }

    protected boolean getValidatedFlag() {
        log.mark((short) 5);
        return flag;
    }

    protected void setValidatedFlag(boolean value) {
        if (log != null) /* a constructor may call it, or not */
            log.mark((short) (value ? 7 : 6));
        flag = value;
    }

    boolean own() {
        return super.getValidatedFlag();
    }
}
