package org.postcard.corpus.client;

import javacard.framework.AID;
import javacard.framework.JCSystem;
import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;
import org.postcard.corpus.server.Account;

/* Calls into another applet, across contexts. */
public class Main extends CaseApplet {
    private static final byte[] SERVER = {(byte) 0xF0, 0x50, 0x4F, 0x53, 0x53,
        0x0A, 0x01};

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    private static Account account(byte which) {
        AID aid = JCSystem.lookupAID(SERVER, (short) 0, (byte) SERVER.length);
        return (Account) JCSystem.getAppletShareableInterfaceObject(aid,
            which);
    }

    protected boolean run(short number, Log log) {
        Account a = account((byte) 1);
        switch (number) {
        case 0:
            log.put(a.credit((short) 30));
            log.put(a.debit((short) 1000));
            log.put(a.debit((short) 50));
            log.put(a.balance());
            return true;
        case 1:
            log.put(a.other().credit((short) 4));
            log.put(account((byte) 2).credit((short) 5));
            log.put(a.other().balance());
            log.put(account((byte) 3) == null);
            return true;
        case 2:
            try {
                a.other().fail((short) 1);
            } catch (ArithmeticException e) {
                log.threw(e);
            }
            a.fail((short) 0x1122);
            return true;
        default:
            return false;
        }
    }
}
