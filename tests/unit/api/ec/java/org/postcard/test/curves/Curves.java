package org.postcard.test.curves;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.CryptoException;
import javacard.security.ECKey;
import javacard.security.ECPrivateKey;
import javacard.security.ECPublicKey;
import javacard.security.Key;
import javacard.security.KeyAgreement;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.NamedParameterSpec;
import javacard.security.PrivateKey;
import javacard.security.PublicKey;
import javacard.security.Signature;
import javacard.security.XECKey;
import javacardx.crypto.Cipher;

/**
 * Keys on elliptic curves in eight slots, and what is done with them.  The
 * INS bytes are those of call(); answers 69rr for a CryptoException, 6F01..03
 * for those of the language.
 */
public class Curves extends Applet {
    private static final short DATA = ISO7816.OFFSET_CDATA;

    private final Key[] slots = new Key[8];
    private KeyPair pair;
    private Signature signature;
    private KeyAgreement agreement;
    private Cipher cipher;

    public static void install(byte[] bArray, short bOffset, byte bLength) {
        new Curves().register();
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
        } catch (SecurityException e) {
            ISOException.throwIt((short) 0x6F03);
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    private short call(byte[] b, short n) {
        byte p1 = b[ISO7816.OFFSET_P1];
        byte p2 = b[ISO7816.OFFSET_P2];

        switch (b[ISO7816.OFFSET_INS]) {
        case 0x10: /* P1 type, P2 slot, size */
            slots[p2] = KeyBuilder.buildKey(p1, Util.getShort(b, DATA), false);
            return 0;
        case 0x11: /* P1 part, P2 slot, value */
            return set(slots[p2], p1, b, n);
        case 0x12: /* P1 part, P2 slot */
            return get(slots[p2], p1, b);
        case 0x13: /* P2 slot: size, type, whether it is initialised */
            Util.setShort(b, (short) 0, slots[p2].getSize());
            b[2] = slots[p2].getType();
            b[3] = (byte) (slots[p2].isInitialized() ? 1 : 0);
            return 4;
        case 0x14:
            slots[p2].clearKey();
            return 0;
        case 0x15: /* P1 from, P2 to */
            ((ECKey) slots[p2]).copyDomainParametersFrom((ECKey) slots[p1]);
            return 0;
        case 0x16: /* P1 algorithm, size: into slots 0 and 1 */
            pair = new KeyPair(p1, Util.getShort(b, DATA));
            slots[0] = (Key) pair.getPublic();
            slots[1] = (Key) pair.getPrivate();
            return 0;
        case 0x17: /* P1 public, P2 private */
            pair = new KeyPair((PublicKey) slots[p1], (PrivateKey) slots[p2]);
            return 0;
        case 0x18:
            pair.genKeyPair();
            return 0;
        case 0x19: /* what a caller may not do */
            return refuse(slots[p2], p1, b);
        case 0x20: /* P1 ALG_*, or else digest and P2 cipher */
            signature = p2 == 0 ? Signature.getInstance(p1, false)
                    : Signature.getInstance(p1, p2, (byte) 0, false);
            b[0] = signature.getAlgorithm();
            b[1] = signature.getMessageDigestAlgorithm();
            b[2] = signature.getCipherAlgorithm();
            b[3] = signature.getPaddingAlgorithm();
            return 4;
        case 0x21: /* P1 mode, P2 slot */
            signature.init(slots[p2], p1);
            Util.setShort(b, (short) 0, signature.getLength());
            return 2;
        case 0x22:
            signature.update(b, DATA, n);
            return 0;
        case 0x23:
            return signature.sign(b, DATA, n, b, (short) 0);
        case 0x24: /* P2 bytes of signature, message behind */
            return yes(b, signature.verify(b, (short) (DATA + p2),
                    (short) (n - p2), b, DATA, p2));
        case 0x2A: /* the end of a message, P1 bytes of it in no array */
            return signature.sign(null, (short) 0, p1, b, (short) 0);
        case 0x2B: /* and its signature's */
            return yes(b, signature.verify(null, (short) 0, p1, b, DATA, n));
        case 0x25:
            return signature.signPreComputedHash(b, DATA, n, b, (short) 0);
        case 0x26: /* P2 bytes of signature, digest behind */
            return yes(b, signature.verifyPreComputedHash(b,
                    (short) (DATA + p2), (short) (n - p2), b, DATA, p2));
        case 0x27: /* P1 private, P2 public slot: signs and verifies */
            return roundTrip(slots[p1], slots[p2], b, n);
        case 0x28: /* P1 mode, P2 slot, parameters */
            signature.init(slots[p2], p1, b, DATA, n);
            Util.setShort(b, (short) 0, signature.getLength());
            return 2;
        case 0x1A: /* P2 slot, name, attributes */
            slots[p2] = KeyBuilder.buildXECKey(
                    NamedParameterSpec.getInstance(Util.getShort(b, DATA)),
                    Util.getShort(b, (short) (DATA + 2)), false);
            return 0;
        case 0x1B:
            ((XECKey) slots[p2]).setEncoded(b, DATA, n);
            return 0;
        case 0x1C: /* P1 where to; as many bytes from there as it returns */
            short many = ((XECKey) slots[p2]).getEncoded(b, p1);
            Util.arrayCopy(b, p1, b, (short) 0, many);
            return many;
        case 0x1D: /* name and length of an encoding */
            Util.setShort(b, (short) 0,
                    ((XECKey) slots[p2]).getParams().getName());
            Util.setShort(b, (short) 2,
                    ((XECKey) slots[p2]).getEncodingLength());
            return 4;
        case 0x30: /* P1 algorithm */
            agreement = KeyAgreement.getInstance(p1, false);
            b[0] = agreement.getAlgorithm();
            return 1;
        case 0x31: /* P2 slot */
            agreement.init((PrivateKey) slots[p2]);
            return 0;
        case 0x32: /* P1 bytes before the end of the buffer, 0: at its start */
            short at = p1 == 0 ? (short) 0 : (short) (b.length - p1);
            short size = agreement.generateSecret(b, DATA, n, b, at);
            Util.arrayCopy(b, at, b, (short) 0, size);
            return size;
        case 0x33: /* P1: with parameters */
            agreement.init((PrivateKey) slots[p2], p1 == 0 ? null
                    : NamedParameterSpec.getInstance((short) 259));
            return 0;
        case 0x40: /* P1 cipher, P2 padding */
            cipher = Cipher.getInstance(p1, p2, false);
            return 0;
        case 0x41: /* P1 mode, P2 slot */
            cipher.init(slots[p2], p1);
            return 0;
        case 0x42:
            return cipher.doFinal(b, DATA, n, b, (short) 0);
        case 0x43:
            return cipher.update(b, DATA, n, b, (short) 0);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    private static short yes(byte[] b, boolean truth) {
        b[0] = (byte) (truth ? 1 : 0);
        return 1;
    }

    private static short set(Key slot, byte part, byte[] b, short n) {
        ECKey key = (ECKey) slot;

        switch (part) {
        case 0:
            key.setFieldFP(b, DATA, n);
            break;
        case 1:
            key.setA(b, DATA, n);
            break;
        case 2:
            key.setB(b, DATA, n);
            break;
        case 3:
            key.setG(b, DATA, n);
            break;
        case 4:
            key.setR(b, DATA, n);
            break;
        case 5:
            key.setK(Util.getShort(b, DATA));
            break;
        case 6:
            ((ECPublicKey) key).setW(b, DATA, n);
            break;
        case 7:
            ((ECPrivateKey) key).setS(b, DATA, n);
            break;
        case 8:
            key.setFieldF2M(Util.getShort(b, DATA));
            break;
        default:
            key.setFieldF2M(Util.getShort(b, DATA),
                    Util.getShort(b, (short) (DATA + 2)),
                    Util.getShort(b, (short) (DATA + 4)));
        }
        return 0;
    }

    private static short get(Key slot, byte part, byte[] b) {
        ECKey key = (ECKey) slot;

        switch (part) {
        case 0:
            return key.getField(b, (short) 0);
        case 1:
            return key.getA(b, (short) 0);
        case 2:
            return key.getB(b, (short) 0);
        case 3:
            return key.getG(b, (short) 0);
        case 4:
            return key.getR(b, (short) 0);
        case 5:
            Util.setShort(b, (short) 0, key.getK());
            return 2;
        case 6:
            return ((ECPublicKey) key).getW(b, (short) 0);
        default:
            return ((ECPrivateKey) key).getS(b, (short) 0);
        }
    }

    private static short refuse(Key slot, byte what, byte[] b) {
        ECKey key = (ECKey) slot;

        switch (what) {
        case 0:
            key.setA(null, (short) 0, (short) 1);
            break;
        case 1:
            key.setA(b, (short) -1, (short) 1);
            break;
        case 2:
            key.setA(b, (short) (b.length - 1), (short) 2);
            break;
        case 3:
            key.getA(b, (short) (b.length - 1));
            break;
        case 4:
            key.getA(null, (short) 0);
            break;
        case 5:
            key.setA(b, (short) 0, (short) 0);
            break;
        default:
            key.copyDomainParametersFrom(null);
        }
        return 0;
    }

    /** What is signed verifies, and nothing else does. */
    private short roundTrip(Key own, Key other, byte[] b, short n) {
        byte[] made = new byte[160];

        signature.init(own, Signature.MODE_SIGN);
        short size = signature.sign(b, DATA, n, made, (short) 0);
        signature.init(other, Signature.MODE_VERIFY);
        boolean right = signature.verify(b, DATA, n, made, (short) 0, size);
        b[DATA] ^= 1;
        boolean wrong = signature.verify(b, DATA, n, made, (short) 0, size);
        b[DATA] ^= 1;
        boolean less = signature.verify(b, DATA, n, made, (short) 0,
                (short) (size - 1));
        b[0] = (byte) ((right ? 1 : 0) | (wrong ? 2 : 0) | (less ? 4 : 0));
        return 1;
    }
}
