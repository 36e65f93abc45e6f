package org.postcard.test.guest;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.JCSystem;
import org.globalplatform.securechannel.SecureChannelProtocol;

/** Uses the secure channel of an applet of another package, F00000009001. */
public class Guest extends Applet {
    private static final byte[] HOST =
            {(byte) 0xF0, 0, 0, 0, (byte) 0x90, 0x01};

    public static void install(byte[] array, short offset, byte length) {
        new Guest().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        SecureChannelProtocol channel;

        if (selectingApplet())
            return;
        channel = (SecureChannelProtocol)
                JCSystem.getAppletShareableInterfaceObject(
                        JCSystem.lookupAID(HOST, (short) 0,
                                (byte) HOST.length), (byte) 0);
        if (buffer[ISO7816.OFFSET_INS] == (byte) 0x50) {
            apdu.setOutgoingAndSend(ISO7816.OFFSET_CDATA,
                    channel.processSecurity(apdu));
        } else {
            buffer[0] = channel.getSecurityLevel();
            apdu.setOutgoingAndSend((short) 0, (short) 1);
        }
    }
}
