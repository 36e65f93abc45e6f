package org.postcard.corpus.base;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;

/*
 * An applet whose commands are cases: P1 and P2 choose one, which reads its
 * arguments from a log and writes there what it found.
 */
public abstract class CaseApplet extends Applet {
    private final Log log = new Log();

    protected CaseApplet() {
        register();
    }

    /* Runs one case; false where there is none of this number. */
    protected abstract boolean run(short number, Log log) throws Exception;

    public final void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet())
            return;
        short number = (short) ((buffer[ISO7816.OFFSET_P1] << 8)
            | (buffer[ISO7816.OFFSET_P2] & 0xFF));
        log.open(buffer, apdu.setIncomingAndReceive());
        boolean known = true;
        try {
            known = run(number, log);
        } catch (Exception e) {
            log.threw(e);
        }
        if (!known)
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        log.send(apdu);
    }
}
