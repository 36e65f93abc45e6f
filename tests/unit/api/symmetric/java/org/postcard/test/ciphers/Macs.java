package org.postcard.test.ciphers;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.CryptoException;
import javacard.security.Key;
import javacard.security.KeyBuilder;
import javacard.security.Signature;

/**
 * Signatures that are MACs, a call a command; P1 is a signature's place, P2 a
 * key's or a number.  Answers 69rr for a CryptoException, 6F01..02 for
 * NullPointerException and ArrayIndexOutOfBoundsException.
 */
public class Macs extends Applet {
    private static final short DATA = ISO7816.OFFSET_CDATA;
    private static final byte PLACES = 4;

    private final Key[] keys = new Key[PLACES];
    private final Signature[] macs = new Signature[PLACES];
    private final byte[] kept = new byte[16];

    public static void install(byte[] bArray, short bOffset, byte bLength) {
        new Macs().register();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            return;
        }
        short n = apdu.setIncomingAndReceive();
        try {
            n = call(buffer, n);
        } catch (CryptoException e) {
            ISOException.throwIt((short) (0x6900 | e.getReason()));
        } catch (NullPointerException e) {
            ISOException.throwIt((short) 0x6F01);
        } catch (ArrayIndexOutOfBoundsException e) {
            ISOException.throwIt((short) 0x6F02);
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    private short call(byte[] b, short n) {
        byte p1 = b[ISO7816.OFFSET_P1];
        byte p2 = b[ISO7816.OFFSET_P2];
        short at = DATA;
        Signature s = p1 < PLACES ? macs[p1] : null;

        switch (b[ISO7816.OFFSET_INS]) {
        case 0x01:
            keys[p2] = KeyBuilder.buildKey(p1, Util.getShort(b, DATA), false);
            return 0;
        case 0x02:
            Ciphers.set(keys[p2], b, DATA, n);
            return 0;
        case 0x05:
            keys[p2].clearKey();
            return 0;
        case 0x10:
            JCSystem.requestObjectDeletion();
            macs[p1] = n == 1
                ? Signature.getInstance(b[DATA], false)
                : Signature.getInstance(b[DATA], b[(short) (DATA + 1)],
                                        b[(short) (DATA + 2)], false);
            return 0;
        case 0x11:
            if (n == 1) {
                s.init(keys[p2], b[DATA]);
            } else {
                s.init(keys[p2], b[DATA], b, (short) (DATA + 1),
                       (short) (n - 1));
            }
            return 0;
        case 0x12:
            s.update(b, DATA, n);
            return 0;
        case 0x13:
            return s.sign(b, DATA, n, b, (short) 0);
        case 0x14:
            for (; (short) (at + p2) < (short) (DATA + n); at += p2) {
                s.update(b, at, p2);
            }
            return s.sign(b, at, (short) (DATA + n - at), b, (short) 0);
        case 0x15: /* P2 bytes of signature, and the message */
            at += p2;
            b[0] = (byte) (s.verify(b, at, (short) (n - p2), b, DATA, p2) ? 1
                                                                          : 0);
            return 1;
        case 0x16:
            b[0] = s.getAlgorithm();
            b[1] = s.getMessageDigestAlgorithm();
            b[2] = s.getCipherAlgorithm();
            b[3] = s.getPaddingAlgorithm();
            return 4;
        case 0x17:
            return Util.setShort(b, (short) 0, s.getLength());
        case 0x18:
            return s.sign(b, DATA, n, kept, p2);
        case 0x19:
            Util.arrayCopyNonAtomic(kept, (short) 0, b, (short) 0, (short) 16);
            return 16;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }
}
