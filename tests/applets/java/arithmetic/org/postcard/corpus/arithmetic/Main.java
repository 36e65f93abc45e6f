package org.postcard.corpus.arithmetic;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {
    private final Assign assign = new Assign();
    private final Logic logic = new Logic();

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            Binary.shorts(log);
            return true;
        case 1:
            Binary.bytes(log);
            return true;
        case 2:
            Binary.mixed(log);
            return true;
        case 3:
            Binary.shifts(log);
            return true;
        case 4:
            Binary.constantShifts(log);
            return true;
        case 5:
            Binary.unary(log);
            return true;
        case 6:
            Binary.casts(log);
            return true;
        case 7:
            Binary.comparisons(log);
            return true;
        case 8:
            Binary.uncast(log);
            return true;
        case 9:
            Assign.locals(log);
            return true;
        case 10:
            Assign.manyLocals(log);
            return true;
        case 11:
            Assign.statics(log);
            return true;
        case 12:
            assign.fields(log);
            return true;
        case 13:
            assign.elements(log);
            return true;
        case 14:
            assign.order(log);
            return true;
        case 15:
            logic.cuts(log);
            return true;
        case 16:
            logic.strict(log);
            return true;
        case 17:
            logic.ternaries(log);
            return true;
        case 18:
            logic.conditions(log);
            return true;
        default:
            return false;
        }
    }
}
