package org.postcard.test.own;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.SystemException;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.CryptoException;
import javacard.security.DESKey;
import javacard.security.Key;
import javacard.security.KeyBuilder;
import javacard.security.SecretKey;
import org.globalplatform.GPSystem;
import org.globalplatform.SecureChannel;
import org.globalplatform.securechannel.SecureChannelKeys;
import org.globalplatform.securechannel.SecureChannelProtocol;
import org.globalplatform.securechannel.provider.SecureChannelProvider;

/**
 * Has secure channels of its own, from SecureChannelProvider, and uses that of
 * its domain by the same interface.  69rr: a CryptoException; 6Brr: a
 * SystemException; 6F01..03: of java.lang.
 */
public class Own extends Applet {
    private static final short DATA = ISO7816.OFFSET_CDATA;
    private static final byte[] SCP03 = {(byte) 0x80, 1, 0x60};
    private static final byte[] UPDATE =
            {(byte) 0x80, 0x50, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    /* the length of the head of a protected command that comes first */
    private static final short FIRST = 9;

    /* of all instances of this class */
    private static SecureChannelProtocol made;

    private SecureChannelProtocol channel;
    private Key key;
    private final byte[] out = new byte[300];

    public static void install(byte[] array, short offset, byte length) {
        new Own().register(array, (short) (offset + 1), array[offset]);
    }

    public Shareable getShareableInterfaceObject(AID client, byte which) {
        return made;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        byte ins = buffer[ISO7816.OFFSET_INS];
        short n = 0;

        if (selectingApplet())
            return;
        try {
            if (ins == (byte) 0x50 || ins == (byte) 0x82
                    || ins == (byte) 0x7A || ins == (byte) 0x78) {
                n = channel.processSecurity(apdu);
                apdu.setOutgoingAndSend(DATA, n);
                return;
            }
            n = apdu.setIncomingAndReceive();
            if ((buffer[ISO7816.OFFSET_CLA] & 4) == 0)
                n = command(buffer, n);
            else if (ins == (byte) 0x40)
                n = echo(buffer, (short) (DATA + n));
            else
                n = echoInPieces(buffer, (short) (DATA + n));
        } catch (SystemException e) {
            ISOException.throwIt((short) (0x6B00 | e.getReason()));
        } catch (CryptoException e) {
            ISOException.throwIt((short) (0x6900 | e.getReason()));
        } catch (NullPointerException e) {
            ISOException.throwIt((short) 0x6F01);
        } catch (ArrayIndexOutOfBoundsException e) {
            ISOException.throwIt((short) 0x6F02);
        } catch (SecurityException e) {
            ISOException.throwIt((short) 0x6F03);
        }
        apdu.setOutgoingAndSend(DATA, n);
    }

    /** A protected command's data, protected as the session wants it. */
    private short echo(byte[] buffer, short n) {
        n = channel.unwrap(buffer, (short) 0, n);
        if (n < DATA) /* without data */
            n = DATA;
        Util.setShort(buffer, n, ISO7816.SW_NO_ERROR);
        return channel.wrap(buffer, DATA, (short) (n - DATA + 2));
    }

    /** The same, in pieces; what P1 says goes wrong. */
    private short echoInPieces(byte[] buffer, short n) {
        byte wrong = buffer[ISO7816.OFFSET_P1];
        short whole;

        channel.initUnwrap();
        if (wrong == 1)
            channel.initWrap((short) 1);
        n = channel.updateUnwrap(buffer, (short) 0, FIRST, out, (short) 0) != 0
                ? (short) -1
                : channel.doFinalUnwrap(buffer, FIRST, (short) (n - FIRST),
                        out, (short) 0);
        n -= DATA;
        whole = channel.initWrap(n);
        if (wrong == 2)
            channel.initUnwrap();
        if (wrong == 3)
            n--;
        channel.updateWrap(out, DATA, (short) 1, buffer, DATA);
        n = channel.doFinalWrap(out, (short) (DATA + 1), (short) (n - 1),
                ISO7816.SW_NO_ERROR, buffer, DATA);
        if (n != whole)
            ISOException.throwIt((short) 0x6FFF);
        return n;
    }

    private short command(byte[] buffer, short n) {
        byte p1 = buffer[ISO7816.OFFSET_P1];
        byte p2 = buffer[ISO7816.OFFSET_P2];

        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x01:
            made = SecureChannelProvider.createNewInstance(p1,
                    n == 0 ? null : buffer, DATA, n, p2);
            channel = made;
            return 0;
        case 0x02:
            keys().setMasterKey(buffer, DATA, n, p2, p1);
            return 0;
        case 0x03:
            keys().setMasterKey(build(buffer, n, p2), p1);
            return 0;
        case 0x04:
            keys().resetMasterKeys();
            return 0;
        case 0x05:
            keys().setSpecificParameter(Util.makeShort((byte) 0, p1), buffer,
                    DATA, n);
            return 0;
        case 0x06:
            keys().setSessionKey(buffer, DATA, n, p1, p2);
            return 0;
        case 0x07:
            keys().setSessionKey((SecretKey) build(buffer, n, p2), p1);
            return 0;
        case 0x08:
            buffer[DATA] = channel.getSecurityLevel();
            return 1;
        case 0x09:
            channel.setSecurityLevel(p1);
            return 0;
        case 0x0A:
            channel.resetSecurity();
            return 0;
        case 0x0B: /* the domain's, or what was made last */
            channel = p1 == 0 ? made
                    : (SecureChannelProtocol) GPSystem.getSecureChannel();
            return 0;
        case 0x0C:
            return p1 == 0 ? channel.encryptData(buffer, DATA, n)
                    : channel.decryptData(buffer, DATA, n);
        case 0x0D:
            return data(buffer, n, p1);
        case 0x0E:
            n = channel.processSecurity(buffer, DATA, n, out, (short) 1);
            return answer(buffer, n, (short) 1);
        case 0x0F: /* what is left of the key object that was given */
            buffer[DATA] = key.isInitialized() ? (byte) 1 : (byte) 0;
            return 1;
        case 0x10:
            return bounds(p1, p2);
        case 0x12:
            channel = made = SecureChannelProvider.createNewInstance(
                    SecureChannelProvider.TYPE_SCP03, SCP03, (short) 0,
                    (short) SCP03.length, SecureChannelProvider.BUFFERTYPE_ANY);
            give((short) 16);
            return 0;
        case 0x13:
            change(p1);
            return 0;
        case 0x14:
            look(buffer);
            return 0;
        case 0x11: /* encrypt in pieces of P1 bytes */
            return inPieces(buffer, n, p1);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    private SecureChannelKeys keys() {
        return (SecureChannelKeys) (Object) channel;
    }

    private Key build(byte[] buffer, short n, byte type) {
        if (n == 0)
            return null;
        key = KeyBuilder.buildKey(type, (short) (8 * n), false);
        if (type == KeyBuilder.TYPE_DES)
            ((DESKey) key).setKey(buffer, DATA);
        else
            ((AESKey) key).setKey(buffer, DATA);
        return key;
    }

    private short answer(byte[] buffer, short n, short from) {
        Util.arrayCopyNonAtomic(out, from, buffer, DATA, n);
        return n;
    }

    private short data(byte[] buffer, short n, byte what) {
        short m = 0;

        switch (what) {
        case 0:
            channel.initEncryptData();
            break;
        case 1:
            m = channel.updateEncryptData(buffer, DATA, n, out, (short) 0);
            break;
        case 2:
            m = channel.doFinalEncryptData(buffer, DATA, n, out, (short) 0);
            break;
        case 3:
            channel.initDecryptData();
            break;
        case 4:
            m = channel.updateDecryptData(buffer, DATA, n, out, (short) 0);
            break;
        case 5:
            m = channel.doFinalDecryptData(buffer, DATA, n, out, (short) 0);
            break;
        case 6:
            m = channel.initWrap(buffer[DATA]);
            Util.setShort(out, (short) 0, m);
            return answer(buffer, (short) 2, (short) 0);
        case 7:
            m = channel.updateWrap(buffer, DATA, n, out, (short) 0);
            break;
        case 8:
            m = channel.doFinalWrap(buffer, (short) (DATA + 2),
                    (short) (n - 2), Util.getShort(buffer, DATA), out,
                    (short) 0);
            break;
        case 9:
            channel.initUnwrap();
            break;
        case 10:
            m = channel.updateUnwrap(buffer, DATA, n, out, (short) 0);
            break;
        case 11:
            m = channel.doFinalUnwrap(buffer, DATA, n, out, (short) 0);
            break;
        case 12:
            Util.setShort(out, (short) 0, channel.getLe());
            return answer(buffer, (short) 2, (short) 0);
        default:
            m = channel.getKeyReference(out, (short) 0);
            break;
        }
        return answer(buffer, m, (short) 0);
    }

    /** Arrays that are not what they should be: which, to which method. */
    private short bounds(byte array, byte method) {
        byte[] in = array == 0 ? null : new byte[4];
        byte[] to = array == 1 ? null : new byte[4];
        short at = array == 2 ? (short) 1 : 0;
        short where = array == 3 ? (short) 5 : 0;

        switch (method) {
        case 0:
            channel.processSecurity(in, at, (short) 4, to, where);
            break;
        case 1:
            channel.initWrap((short) 4);
            channel.updateWrap(in, at, (short) 4, to, where);
            break;
        case 2:
            channel.doFinalWrap(in, at, (short) 4, (short) 0x9000, to, where);
            break;
        case 3:
            channel.initUnwrap();
            channel.updateUnwrap(in, at, (short) 4, to, where);
            break;
        case 4:
            channel.doFinalUnwrap(in, at, (short) 4, to, where);
            break;
        case 5:
            channel.initEncryptData();
            channel.updateEncryptData(in, at, (short) 4, to, where);
            break;
        case 6:
            channel.doFinalEncryptData(in, at, (short) 4, to, where);
            break;
        case 7:
            channel.initDecryptData();
            channel.updateDecryptData(in, at, (short) 4, to, where);
            break;
        case 8:
            channel.doFinalDecryptData(in, at, (short) 4, to, where);
            break;
        case 9:
            keys().setMasterKey(in, at, (short) 4, KeyBuilder.TYPE_AES,
                    SecureChannelKeys.KEY_USAGE_C_MAC);
            break;
        case 10:
            keys().setSpecificParameter(
                    SecureChannelKeys.PARAM_SCP03_KEY_VERSION_NUMBER, in, at,
                    (short) 4);
            break;
        default:
            SecureChannelProvider.createNewInstance(
                    SecureChannelProvider.TYPE_SCP03, in, at, (short) 4,
                    SecureChannelProvider.BUFFERTYPE_ANY);
            break;
        }
        return 0;
    }

    /** All three master keys, of a length. */
    private void give(short length) {
        for (byte usage = SecureChannelKeys.KEY_USAGE_C_DEC;
                usage <= SecureChannelKeys.KEY_USAGE_DEK; usage++)
            keys().setMasterKey(out, (short) 0, length, KeyBuilder.TYPE_AES,
                    usage);
    }

    private void change(byte what) {
        if (what == 0) { /* a key of another length: a new key object */
            keys().setMasterKey(out, (short) 0, (short) 32,
                    KeyBuilder.TYPE_AES, SecureChannelKeys.KEY_USAGE_C_MAC);
        } else if (what == 1) {
            keys().resetMasterKeys();
        } else {
            keys().setMasterKey(KeyBuilder.buildKey(KeyBuilder.TYPE_AES,
                    KeyBuilder.LENGTH_AES_128, false),
                    SecureChannelKeys.KEY_USAGE_DEK);
        }
    }

    /** Three keys open a session, or there are not three; new ones do. */
    private void look(byte[] buffer) {
        initialize(buffer, true);
        give((short) 16);
        initialize(buffer, false);
    }

    private void initialize(byte[] buffer, boolean lacking) {
        Util.arrayCopyNonAtomic(UPDATE, (short) 0, buffer, (short) 0,
                (short) UPDATE.length);
        try {
            if (channel.processSecurity(buffer, (short) 0,
                    (short) UPDATE.length, out, (short) 0) != (short) 29)
                ISOException.throwIt((short) 0x6FFE);
        } catch (ISOException e) {
            if (!lacking || e.getReason() != (short) 0x6A88)
                throw e;
        }
    }

    private short inPieces(byte[] buffer, short n, short piece) {
        short at = 0;
        short m = 0;

        channel.initEncryptData();
        for (; n > piece; n -= piece, at += piece)
            m += channel.updateEncryptData(buffer, (short) (DATA + at), piece,
                    out, m);
        m += channel.doFinalEncryptData(buffer, (short) (DATA + at), n, out, m);
        channel.initDecryptData();
        n = channel.updateDecryptData(out, (short) 0, (short) 1, buffer, DATA);
        n += channel.doFinalDecryptData(out, (short) 1, (short) (m - 1), buffer,
                DATA);
        Util.arrayCopyNonAtomic(out, (short) 0, buffer, (short) (DATA + n), m);
        return (short) (n + m);
    }
}
