package org.postcard.remote;

import javacard.framework.UserException;
import javacard.framework.service.CardRemoteObject;

public class PurseObject extends CardRemoteObject implements Purse {
    private short held;
    private LogObject log = new LogObject();

    public short balance() {
        return held;
    }

    public void debit(short amount, byte[] note) throws UserException {
        if (amount > held)
            UserException.throwIt(amount);
        held -= amount;
    }

    public Log log() {
        return log;
    }

    public void local() {
        held = 0;
    }
}
