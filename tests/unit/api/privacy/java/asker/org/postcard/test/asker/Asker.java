package org.postcard.test.asker;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import org.globalplatform.GPSystem;
import org.globalplatform.GlobalService;
import org.globalplatform.filesystem.GlobalMasterFile;
import org.globalplatform.privacy.GlobalPrivacyProtocol;
import org.globalplatform.privacy.PrivacyProtocol;

/** Asks whoever offers a privacy protocol or a master file. */
public class Asker extends Applet {
    private static final short DATA = ISO7816.OFFSET_CDATA;

    public static void install(byte[] array, short offset, byte length) {
        new Asker().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short n;

        if (selectingApplet())
            return;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case (byte) 0xA4:
            found(file().processSelectFile(apdu));
            return;
        case (byte) 0xB0:
            found(file().processReadBinary(apdu));
            return;
        case (byte) 0xB2:
            found(file().processReadRecord(apdu));
            return;
        case 0x01:
            file().selectMF();
            return;
        default:
            n = privacy(buffer, apdu.setIncomingAndReceive());
            apdu.setOutgoingAndSend(DATA, n);
        }
    }

    private static void found(boolean it) {
        if (!it)
            ISOException.throwIt(ISO7816.SW_FILE_NOT_FOUND);
    }

    private static Object service(short name) {
        GlobalService s = GPSystem.getService(null, name);

        if (s == null)
            ISOException.throwIt(ISO7816.SW_RECORD_NOT_FOUND);
        return s.getServiceInterface(GPSystem.getRegistryEntry(null), name,
                null, (short) 0, (short) 0);
    }

    private static GlobalMasterFile file() {
        return (GlobalMasterFile) service((short) 0x7000);
    }

    private static short privacy(byte[] buffer, short n) {
        GlobalPrivacyProtocol p = (GlobalPrivacyProtocol) service(
                GlobalPrivacyProtocol.SERVICE_GLOBAL_PRIVACY_PROTOCOL);
        boolean on = buffer[ISO7816.OFFSET_P1] != 0;

        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x02:
            Util.setShort(buffer, DATA, ((PrivacyProtocol) p)
                    .checkPrivacyStatusRequirement(on, buffer, DATA, n));
            return 2;
        case 0x03:
            buffer[DATA] = p.setSecureMessaging(on) ? (byte) 1 : (byte) 0;
            buffer[DATA + 1] = p.getSecurityLevel();
            return 2;
        case 0x04:
            return p.getData(buffer, DATA, n, buffer, DATA);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }
}
