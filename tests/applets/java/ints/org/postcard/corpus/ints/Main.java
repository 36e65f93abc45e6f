package org.postcard.corpus.ints;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {
    private final Places places = new Places();

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            Numbers.binary(log);
            return true;
        case 1:
            Numbers.unary(log);
            return true;
        case 2:
            Numbers.shorts(log);
            return true;
        case 3:
            Numbers.assigned(log);
            return true;
        case 4:
            Numbers.switches(log);
            return true;
        case 5:
            places.fields(log);
            return true;
        case 6:
            places.elements(log);
            return true;
        case 7:
            places.calls(log);
            return true;
        case 8:
            places.locals(log);
            return true;
        case 9:
            places.leaving(log);
            return true;
        default:
            return false;
        }
    }
}
