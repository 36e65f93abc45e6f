package org.postcard.test.ciphers;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.SystemException;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.CryptoException;
import javacard.security.DESKey;
import javacard.security.GenericSecretKey;
import javacard.security.HMACKey;
import javacard.security.Key;
import javacard.security.KeyBuilder;
import javacard.security.KoreanSEEDKey;
import javacard.security.SM4Key;
import javacardx.crypto.AEADCipher;
import javacardx.crypto.Cipher;
import javacardx.crypto.KeyEncryption;

/**
 * Secret keys and ciphers, a call a command; P1 is a cipher's place, P2 a
 * key's or a number.  Answers 69rr for a CryptoException, 6Brr for a
 * SystemException, 6F01..03 for the language's.
 */
public class Ciphers extends Applet {
    private static final short DATA = ISO7816.OFFSET_CDATA;
    private static final short ROOM = 300;
    private static final byte PLACES = 8;

    private final Key[] keys = new Key[PLACES];
    private final Cipher[] ciphers = new Cipher[PLACES];
    private final byte[] kept = new byte[64];
    private final byte[] out;
    private Cipher stolen;

    private Ciphers() {
        out = JCSystem.makeTransientByteArray(ROOM,
                                              JCSystem.CLEAR_ON_DESELECT);
    }

    public static void install(byte[] bArray, short bOffset, byte bLength) {
        new Ciphers().register();
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
        } catch (SystemException e) {
            ISOException.throwIt((short) (0x6B00 | e.getReason()));
        } catch (NullPointerException e) {
            ISOException.throwIt((short) 0x6F01);
        } catch (ArrayIndexOutOfBoundsException e) {
            ISOException.throwIt((short) 0x6F02);
        } catch (SecurityException e) {
            ISOException.throwIt((short) 0x6F03);
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    private short call(byte[] b, short n) {
        byte p1 = b[ISO7816.OFFSET_P1];
        byte p2 = b[ISO7816.OFFSET_P2];
        byte ins = b[ISO7816.OFFSET_INS];

        if (ins < 0x10) {
            return callKey(ins, p1, p2, b, n);
        }
        if (ins >= 0x30) {
            return callAead((AEADCipher) ciphers[p1], ins, p2, b, n);
        }
        Cipher c = p1 >= 0 ? ciphers[p1] : null;
        switch (ins) {
        case 0x10:
            ciphers[p1] = n == 1
                ? Cipher.getInstance(b[DATA], p2 != 0)
                : Cipher.getInstance(b[DATA], b[(short) (DATA + 1)], p2 != 0);
            return 0;
        case 0x11:
            init(c, p2, b, n);
            return 0;
        case 0x12:
            return c.update(b, DATA, n, b, (short) 0);
        case 0x13:
            return c.doFinal(b, DATA, n, b, (short) 0);
        case 0x14:
            return inPieces(c, b, n, p2);
        case 0x15:
            b[0] = c.getAlgorithm();
            b[1] = c.getCipherAlgorithm();
            b[2] = c.getPaddingAlgorithm();
            return 3;
        case 0x16:
            return c.doFinal(b, DATA, n, kept, p2);
        case 0x17:
            Util.arrayCopyNonAtomic(kept, (short) 0, b, (short) 0,
                                    (short) kept.length);
            return (short) kept.length;
        case 0x18:
            return wrong(c, p2, b);
        case 0x19:
            return overlapping(c, p2, b, n);
        case 0x1A:
            return c.update(b, DATA, n, kept, p2);
        case 0x1B:
            return wrongInit(c, p2, b);
        case 0x20:
            return once(b, n);
        case 0x21:
            return closed(p1, p2, b);
        case 0x22:
            stolen = Cipher.OneShot.open(p1, p2);
            return 0;
        case 0x23:
            return wrongOnce(p1, b);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    /* ---- keys ---- */

    private short callKey(byte ins, byte p1, byte p2, byte[] b, short n) {
        Key k = keys[p2];

        switch (ins) {
        case 0x01:
            keys[p2] = KeyBuilder.buildKey(p1, Util.getShort(b, DATA), true);
            return 0;
        case 0x02:
            set(k, b, DATA, n);
            return 0;
        case 0x03:
            return get(k, b, (short) 0);
        case 0x04:
            Util.setShort(b, (short) 0, k.getSize());
            b[2] = k.getType();
            b[3] = (byte) (k.isInitialized() ? 1 : 0);
            return 4;
        case 0x05:
            k.clearKey();
            return 0;
        case 0x06:
            ((KeyEncryption) k).setKeyCipher(p1 < 0 ? null : ciphers[p1]);
            return 0;
        case 0x07:
            b[0] = (byte) (((KeyEncryption) k).getKeyCipher() ==
                           (p1 < 0 ? null : ciphers[p1]) ? 1 : 0);
            return 1;
        case 0x08:
            set(k, p1 == 0 ? null : kept, p1 == 1 ? (short) -1 : (short) 60,
                n);
            return 0;
        case 0x09:
            return get(k, p1 == 0 ? null : kept,
                       p1 == 1 ? (short) -1 : (short) 60);
        case 0x0A:
            keys[p2] = KeyBuilder.buildKey(p1, b[DATA],
                                           Util.getShort(b, (short) 6), true);
            return 0;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    static void set(Key k, byte[] b, short at, short n) {
        if (k instanceof AESKey) {
            ((AESKey) k).setKey(b, at);
        } else if (k instanceof DESKey) {
            ((DESKey) k).setKey(b, at);
        } else if (k instanceof KoreanSEEDKey) {
            ((KoreanSEEDKey) k).setKey(b, at);
        } else if (k instanceof SM4Key) {
            ((SM4Key) k).setKey(b, at);
        } else if (k instanceof HMACKey) {
            ((HMACKey) k).setKey(b, at, n);
        } else {
            ((GenericSecretKey) k).setKey(b, at, n);
        }
    }

    private static short get(Key k, byte[] b, short at) {
        if (k instanceof AESKey) {
            return ((AESKey) k).getKey(b, at);
        } else if (k instanceof DESKey) {
            return ((DESKey) k).getKey(b, at);
        } else if (k instanceof KoreanSEEDKey) {
            return ((KoreanSEEDKey) k).getKey(b, at);
        } else if (k instanceof SM4Key) {
            return ((SM4Key) k).getKey(b, at);
        } else if (k instanceof HMACKey) {
            return (short) (((HMACKey) k).getKey(b, at) & 0xFF);
        }
        return ((GenericSecretKey) k).getKey(b, at);
    }

    /* ---- ciphers ---- */

    /* The mode, and an IV if there is more. */
    private void init(Cipher c, byte key, byte[] b, short n) {
        Key k = key < 0 ? null : keys[key];

        if (n == 1) {
            c.init(k, b[DATA]);
        } else {
            c.init(k, b[DATA], b, (short) (DATA + 1), (short) (n - 1));
        }
    }

    /* Pieces of so many bytes by update(), the rest by doFinal(). */
    private short inPieces(Cipher c, byte[] b, short n, short step) {
        short at = 0;
        short made = 0;

        while ((short) (n - at) > step) {
            made += c.update(b, (short) (DATA + at), step, out, made);
            at += step;
        }
        made += c.doFinal(b, (short) (DATA + at), (short) (n - at), out, made);
        Util.arrayCopyNonAtomic(out, (short) 0, b, (short) 0, made);
        return made;
    }

    /* Input and output in one array, the output so much further back. */
    private short overlapping(Cipher c, short by, byte[] b, short n) {
        Util.arrayCopyNonAtomic(b, DATA, out, (short) 40, n);
        short made = c.doFinal(out, (short) 40, n, out, (short) (40 + by));
        Util.arrayCopyNonAtomic(out, (short) (40 + by), b, (short) 0, made);
        return made;
    }

    private short wrong(Cipher c, byte how, byte[] b) {
        switch (how) {
        case 0:
            return c.doFinal(null, (short) 0, (short) 16, out, (short) 0);
        case 1:
            return c.doFinal(out, (short) 0, (short) 16, null, (short) 0);
        case 2:
            return c.doFinal(out, (short) -1, (short) 16, out, (short) 0);
        case 3:
            return c.doFinal(out, (short) 0, (short) -1, out, (short) 0);
        case 4:
            return c.doFinal(out, (short) 290, (short) 16, out, (short) 0);
        case 5:
            return c.doFinal(out, (short) 0, (short) 16, out, (short) -1);
        case 6:
            return c.doFinal(out, (short) 0, (short) 16, out, (short) 301);
        case 7:
            return c.update(null, (short) 0, (short) 0, out, (short) 0);
        case 8:
            return c.update(out, (short) 0, (short) 0, null, (short) 0);
        default:
            return c.update(out, (short) 0, (short) 0, out, (short) 0);
        }
    }

    private short wrongInit(Cipher c, byte how, byte[] b) {
        switch (how) {
        case 0:
            c.init(keys[0], (byte) 2, null, (short) 0, (short) 16);
            return 0;
        case 1:
            c.init(keys[0], (byte) 2, out, (short) -1, (short) 16);
            return 0;
        case 2:
            c.init(keys[0], (byte) 2, out, (short) 290, (short) 16);
            return 0;
        default:
            c.init(keys[0], (byte) 2, out, (short) 0, (short) 0);
            return 0;
        }
    }

    /* ---- OneShot ---- */

    /* CIPHER_*, PAD_*, key, mode, length of an IV, IV, message. */
    private short once(byte[] b, short n) {
        byte iv = b[(short) (DATA + 4)];
        short at = (short) (DATA + 5 + iv);
        Cipher.OneShot c = Cipher.OneShot.open(b[DATA], b[(short) (DATA + 1)]);

        try {
            Key k = keys[b[(short) (DATA + 2)]];
            if (iv == 0) {
                c.init(k, b[(short) (DATA + 3)]);
            } else {
                c.init(k, b[(short) (DATA + 3)], b, (short) (DATA + 5), iv);
            }
            if (c.getCipherAlgorithm() != b[DATA] ||
                c.getPaddingAlgorithm() != b[(short) (DATA + 1)]) {
                ISOException.throwIt(ISO7816.SW_UNKNOWN);
            }
            short made = c.doFinal(b, at, (short) (DATA + n - at), out,
                                   (short) 1);
            out[0] = c.getAlgorithm();
            Util.arrayCopyNonAtomic(out, (short) 0, b, (short) 0, ++made);
            return made;
        } finally {
            c.close();
            c.close();
        }
    }

    /* What a OneShot that is closed says to each of its methods. */
    private short closed(byte cipher, byte how, byte[] b) {
        Cipher.OneShot c = Cipher.OneShot.open(cipher, Cipher.PAD_NOPAD);

        c.init(keys[0], Cipher.MODE_ENCRYPT);
        c.close();
        switch (how) {
        case 0:
            c.init(keys[0], Cipher.MODE_ENCRYPT);
            return 0;
        case 1:
            c.init(keys[0], Cipher.MODE_ENCRYPT, b, (short) 0, (short) 16);
            return 0;
        case 2:
            return c.doFinal(out, (short) 0, (short) 16, out, (short) 0);
        case 3:
            return c.update(out, (short) 0, (short) 16, out, (short) 0);
        case 4:
            return c.getAlgorithm();
        case 5:
            return c.getCipherAlgorithm();
        default:
            return c.getPaddingAlgorithm();
        }
    }

    /* One that stays open to the end. */
    private short wrongOnce(byte how, byte[] b) {
        Cipher.OneShot c = Cipher.OneShot.open(Cipher.CIPHER_AES_CBC,
                                               Cipher.PAD_NOPAD);

        switch (how) {
        case 0:
            return c.update(out, (short) 0, (short) 16, out, (short) 0);
        case 1:
            return c.doFinal(out, (short) 0, (short) 16, out, (short) 0);
        case 2:
            Cipher.OneShot.open(Cipher.CIPHER_AES_CBC, Cipher.PAD_NOPAD);
            return 0;
        case 3:
            ((KeyEncryption) keys[0]).setKeyCipher(c);
            return 0;
        default:
            return 0;
        }
    }

    /* ---- AEAD ---- */

    private short callAead(AEADCipher c, byte ins, byte p2, byte[] b, short n) {
        switch (ins) {
        case 0x30: /* mode, AAD, text, tag, a byte each, nonce */
            c.init(keys[p2], b[DATA], b, (short) (DATA + 4), (short) (n - 4),
                   b[(short) (DATA + 1)], b[(short) (DATA + 2)],
                   b[(short) (DATA + 3)]);
            return 0;
        case 0x31:
            c.updateAAD(b, DATA, n);
            return 0;
        case 0x32:
            return c.retrieveTag(b, (short) 0, p2);
        case 0x33:
            b[0] = (byte) (c.verifyTag(b, DATA, n, p2) ? 1 : 0);
            return 1;
        case 0x34:
            c.updateAAD(null, (short) 0, (short) 0);
            return 0;
        case 0x35:
            return c.retrieveTag(kept, (short) 60, p2);
        case 0x36:
            return (short) (c.verifyTag(kept, (short) 60, (short) 5, p2) ? 1
                                                                         : 0);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }
}
