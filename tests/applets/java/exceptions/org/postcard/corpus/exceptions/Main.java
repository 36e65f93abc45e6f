package org.postcard.corpus.exceptions;

import javacard.framework.ISOException;
import javacard.framework.UserException;
import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {
    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) throws Exception {
        switch (number) {
        case 0:
            Finally.all(log);
            return true;
        case 1:
            Finally.more(log);
            return true;
        case 2:
            BuiltIn.each(log);
            return true;
        case 3:
            BuiltIn.sorted(log);
            return true;
        case 4:
            BuiltIn.unwound(log);
            return true;
        case 5:
            UserException.throwIt((short) 0x1234);
            return true;
        case 6:
            throw new DeepTrouble((byte) 12);
        case 7:
            log.mark((short) 1);
            ISOException.throwIt((short) 0x6A80);
            return true;
        default:
            return false;
        }
    }
}
