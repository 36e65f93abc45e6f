package org.postcard.test.verifier;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Shareable;
import javacard.framework.Util;
import org.globalplatform.CVM;
import org.globalplatform.GPRegistryEntry;
import org.globalplatform.GPSystem;
import org.globalplatform.GlobalService;

/** Offers methods of verification: always active, and all that is verified is
 * right, but for who must not have them. */
public class Verifier extends Applet implements GlobalService, CVM {
    private byte mood;

    public static void install(byte[] array, short offset, byte length) {
        new Verifier().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short name = Util.getShort(buffer, ISO7816.OFFSET_P1);

        if (selectingApplet())
            return;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x09:
            GPSystem.getRegistryEntry(null).registerService(name);
            break;
        case 0x0A:
            GPSystem.getRegistryEntry(null).deregisterService(name);
            break;
        case 0x0B: /* 1: throws, 2: no service, 3: no interface */
            mood = buffer[ISO7816.OFFSET_P1];
            break;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        if (mood == 1)
            ISOException.throwIt((short) 0x6999);
        return parameter == GPSystem.GLOBAL_SERVICE_IDENTIFIER && mood != 2
                ? this : null;
    }

    public Shareable getServiceInterface(GPRegistryEntry client, short name,
            byte[] array, short offset, short length) {
        if (mood == 3 || client == null)
            return null;
        return (byte) (name >> 8) == GPSystem.FAMILY_CVM
                && client.isPrivileged(GPRegistryEntry.PRIVILEGE_CVM_MANAGEMENT)
                ? this : null;
    }

    public boolean isActive() {
        return true;
    }

    public boolean isSubmitted() {
        return false;
    }

    public boolean isVerified() {
        return false;
    }

    public boolean isBlocked() {
        return false;
    }

    public byte getTriesRemaining() {
        return 7;
    }

    public boolean update(byte[] array, short offset, byte length,
            byte format) {
        return false;
    }

    public boolean resetState() {
        return false;
    }

    public boolean blockState() {
        return false;
    }

    public boolean resetAndUnblockState() {
        return false;
    }

    public boolean setTryLimit(byte limit) {
        return false;
    }

    public short verify(byte[] array, short offset, byte length, byte format) {
        return CVM_SUCCESS;
    }
}
