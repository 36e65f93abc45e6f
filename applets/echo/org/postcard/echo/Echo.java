package org.postcard.echo;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacardx.apdu.ExtendedLength;

/**
 * Answers with the data of the command. There is nothing else in it, so it
 * shows what the way from the reader to an applet and back costs; data that
 * are longer than the APDU buffer show how they are received and sent in
 * blocks.
 */
public final class Echo extends Applet implements ExtendedLength {
    private static final byte INS_ECHO = (byte) 0x10;
    private static final byte INS_ECHO_LONG = (byte) 0x12;
    private static final byte INS_NOTHING = (byte) 0x14;

    /** What ECHO LONG can take. */
    private static final short LONG_MAX = 8192;

    /** Made by the first ECHO LONG. */
    private byte[] store;

    private Echo() {
    }

    /** Called once, when the card installs the applet. */
    public static void install(byte[] parameters, short offset, byte length) {
        new Echo().register(parameters, (short) (offset + 1),
            parameters[offset]);
    }

    /** Handles one command. */
    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        switch (buffer[ISO7816.OFFSET_INS]) {
        case INS_ECHO:
            echo(apdu);
            return;
        case INS_NOTHING:
            return;
        case INS_ECHO_LONG:
            echoLong(apdu, buffer);
            return;
        default:
            if (!selectingApplet()) {
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            }
        }
    }

    private void echo(APDU apdu) {
        short n = apdu.setIncomingAndReceive();

        apdu.setOutgoing();
        apdu.setOutgoingLength(n);
        apdu.sendBytes(ISO7816.OFFSET_CDATA, n);
    }

    private void echoLong(APDU apdu, byte[] buffer) {
        short n = apdu.setIncomingAndReceive();
        short at = apdu.getOffsetCdata();
        short all = apdu.getIncomingLength();
        short stored = 0;

        if (all > LONG_MAX) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        if (store == null) {
            store = new byte[LONG_MAX];
        }
        while (n > 0) {
            Util.arrayCopyNonAtomic(buffer, at, store, stored, n);
            stored += n;
            at = 0;
            n = apdu.receiveBytes(at);
        }
        apdu.setOutgoing();
        apdu.setOutgoingLength(all);
        apdu.sendBytesLong(store, (short) 0, all);
    }
}
