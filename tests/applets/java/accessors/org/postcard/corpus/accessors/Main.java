package org.postcard.corpus.accessors;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {
    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            new Host().host(log);
            return true;
        default:
            return false;
        }
    }
}
