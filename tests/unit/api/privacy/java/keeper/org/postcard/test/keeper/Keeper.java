package org.postcard.test.keeper;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Shareable;
import javacard.framework.Util;
import org.globalplatform.GPRegistryEntry;
import org.globalplatform.GPSystem;
import org.globalplatform.GlobalService;
import org.globalplatform.SecureChannel;
import org.globalplatform.filesystem.GlobalMasterFile;
import org.globalplatform.privacy.GlobalPrivacyProtocol;

/**
 * Offers a privacy protocol, as the global service 8600, and a master file with
 * the one file 2F01, as 7000.
 */
public class Keeper extends Applet
        implements GlobalService, GlobalPrivacyProtocol, GlobalMasterFile {
    private static final byte[] STATUS = {0x11, 0x22};
    private static final byte[] OID = {0x2A, 0x03};
    private static final byte[] FILE = {'f', 'i', 'l', 'e'};
    private static final short DATA = ISO7816.OFFSET_CDATA;

    private boolean protects = true;
    private boolean atFile;

    public static void install(byte[] array, short offset, byte length) {
        new Keeper().register(array, (short) (offset + 1), array[offset]);
    }

    public void process(APDU apdu) {
        GPRegistryEntry own;

        if (selectingApplet())
            return;
        own = GPSystem.getRegistryEntry(null);
        own.registerService(SERVICE_GLOBAL_PRIVACY_PROTOCOL);
        own.registerService((short) 0x7000);
    }

    public Shareable getShareableInterfaceObject(AID client, byte which) {
        return which == GPSystem.GLOBAL_SERVICE_IDENTIFIER ? this : null;
    }

    public Shareable getServiceInterface(GPRegistryEntry client, short name,
            byte[] array, short offset, short length) {
        return this;
    }

    public short checkPrivacyStatusRequirement(boolean condition, byte[] array,
            short offset, short length) {
        boolean met = condition
                ? length >= 1 && array[offset] == STATUS[0]
                : length == (short) STATUS.length && Util.arrayCompare(array,
                        offset, STATUS, (short) 0, length) == 0;

        return met ? PRIVACY_STATUS_OK : PRIVACY_STATUS_NOT_OK;
    }

    public boolean setSecureMessaging(boolean on) {
        if (protects == on)
            return false;
        protects = on;
        return true;
    }

    public byte getSecurityLevel() {
        return protects ? (byte) (SecureChannel.AUTHENTICATED
                | SecureChannel.C_MAC) : SecureChannel.NO_SECURITY_LEVEL;
    }

    public short getData(byte[] oid, short at, short length, byte[] out,
            short where) {
        if (length != (short) OID.length || Util.arrayCompare(oid, at, OID,
                (short) 0, length) != 0)
            return 0;
        Util.arrayCopyNonAtomic(STATUS, (short) 0, out, where,
                (short) STATUS.length);
        return (short) STATUS.length;
    }

    public void selectMF() {
        atFile = false;
    }

    public boolean processSelectFile(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short n = apdu.setIncomingAndReceive();

        if (n == 0 || Util.getShort(buffer, DATA) == (short) 0x3F00) {
            atFile = false;
            return true;
        }
        atFile = Util.getShort(buffer, DATA) == (short) 0x2F01;
        return atFile;
    }

    public boolean processReadBinary(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (!atFile)
            return false;
        Util.arrayCopyNonAtomic(FILE, (short) 0, buffer, (short) 0,
                (short) FILE.length);
        apdu.setOutgoingAndSend((short) 0, (short) FILE.length);
        return true;
    }

    public boolean processReadRecord(APDU apdu) {
        if (atFile)
            ISOException.throwIt((short) 0x6981); /* not of records */
        return false;
    }
}
