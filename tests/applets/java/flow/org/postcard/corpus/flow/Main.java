package org.postcard.corpus.flow;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {
    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            Loops.plain(log);
            return true;
        case 1:
            Loops.labels(log);
            return true;
        case 2:
            Loops.nested(log);
            return true;
        case 3:
            Loops.empty(log);
            return true;
        case 4:
            Loops.recursion(log);
            return true;
        case 5:
            Switches.all(log);
            return true;
        default:
            return false;
        }
    }
}
