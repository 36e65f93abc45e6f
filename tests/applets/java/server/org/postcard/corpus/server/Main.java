package org.postcard.corpus.server;

import javacard.framework.AID;
import javacard.framework.CardRuntimeException;
import javacard.framework.Shareable;
import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet implements Account {
    private short balance = 100;
    private final Account second = new Second();

    private static final class Second implements Account {
        private short calls;

        public short credit(short by) {
            return calls += by;
        }

        public boolean debit(short by) {
            return false;
        }

        public short balance() {
            return calls;
        }

        public Account other() {
            return null;
        }

        public void fail(short reason) {
            calls = (short) (10 / (short) (calls - calls));
        }
    }

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    public Shareable getShareableInterfaceObject(AID client, byte which) {
        return which == 1 ? this : which == 2 ? second : null;
    }

    public short credit(short by) {
        balance += by;
        return balance;
    }

    public boolean debit(short by) {
        if (by > balance)
            return false;
        balance -= by;
        return true;
    }

    public short balance() {
        return balance;
    }

    public Account other() {
        return second;
    }

    public void fail(short reason) {
        CardRuntimeException.throwIt(reason);
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            log.put(credit((short) 5));
            log.put(debit((short) 500));
            log.put(balance());
            return true;
        default:
            return false;
        }
    }
}
