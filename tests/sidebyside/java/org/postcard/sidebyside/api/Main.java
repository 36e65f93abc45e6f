package org.postcard.sidebyside.api;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

/* Corners of the framework's classes, a family a class of this package. */
public class Main extends CaseApplet {
    private final Bytes bytes = new Bytes();
    private final Names names = new Names();
    private final Pins pins = new Pins();
    private final Memory memory = new Memory();
    private final Reasons reasons = new Reasons();

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    /* P1 chooses the family. */
    protected boolean run(short number, Log log) throws Exception {
        short step = (short) (number & 0xFF);
        switch ((short) (number >> 8)) {
        case 0:
            return bytes.run(step, log);
        case 1:
            return names.run(step, log);
        case 2:
            return pins.run(step, log);
        case 3:
            return memory.run(step, log);
        case 4:
            return reasons.run(step, log);
        default:
            return false;
        }
    }
}
