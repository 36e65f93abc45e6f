package org.postcard.test.client;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;

import org.globalplatform.Application;

/**
 * Asks the applet that the data name for an Application: INS 10 keeps it, 12
 * does not, 14 calls the one that is kept, 16 forgets it.  One byte says what
 * came of it: 00 null, 01 an object, or the call was done, 5E a
 * SecurityException.
 */
public class Client extends Applet {
    private static final byte REFUSED = 0x5E;

    private Application kept;

    public static void install(byte[] array, short offset, byte length) {
        new Client().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            return;
        }
        byte answer = REFUSED;
        try {
            answer = obey(buffer[ISO7816.OFFSET_INS], apdu, buffer);
        } catch (SecurityException e) {
        }
        buffer[0] = answer;
        apdu.setOutgoingAndSend((short) 0, (short) 1);
    }

    private byte obey(byte instruction, APDU apdu, byte[] buffer) {
        switch (instruction) {
        case 0x10:
            kept = ask(apdu, buffer);
            return found(kept);
        case 0x12:
            return found(ask(apdu, buffer));
        case 0x14:
            if (kept != null) {
                kept.processData(buffer, (short) 0, (short) 0);
            }
            return found(kept);
        case 0x16:
            kept = null;
            return 0;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    private static byte found(Application object) {
        return (byte) (object == null ? 0 : 1);
    }

    private static Application ask(APDU apdu, byte[] buffer) {
        byte length = (byte) apdu.setIncomingAndReceive();
        AID server = JCSystem.lookupAID(buffer, ISO7816.OFFSET_CDATA, length);

        return (Application) JCSystem.getAppletShareableInterfaceObject(
            server, (byte) 0);
    }
}
