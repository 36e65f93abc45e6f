package org.postcard.test.rsa;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.CryptoException;
import javacard.security.DHKey;
import javacard.security.DHPrivateKey;
import javacard.security.DHPublicKey;
import javacard.security.DSAKey;
import javacard.security.DSAPrivateKey;
import javacard.security.DSAPublicKey;
import javacard.security.Key;
import javacard.security.KeyAgreement;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.MessageDigest;
import javacard.security.PrimalityTestParamSpec;
import javacard.security.PrivateKey;
import javacard.security.PublicKey;
import javacard.security.RSAPrivateCrtKey;
import javacard.security.RSAPrivateKey;
import javacard.security.RSAPublicKey;
import javacard.security.Signature;
import javacard.security.SignatureMessageRecovery;
import javacardx.crypto.Cipher;

/**
 * Keys of RSA, DSA and DH in eight slots, and what is done with them.  The INS bytes are
 * those of call(); answers 69rr for a CryptoException, 6F01..03 for those of
 * the language.
 */
public class Rsa extends Applet implements PrimalityTestParamSpec {
    private static final short DATA = ISO7816.OFFSET_CDATA;

    private final Key[] slots = new Key[8];
    private final byte[] room = new byte[512];
    private final short[] length = new short[1];
    private KeyPair pair;
    private Signature signature;
    private KeyAgreement agreement;
    private Cipher cipher;
    private short type;
    private short rounds;

    public static void install(byte[] bArray, short bOffset, byte bLength) {
        new Rsa().register();
    }

    public short getType() {
        return type;
    }

    public short getRounds() {
        return rounds;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            return;
        }
        short n = apdu.setIncomingAndReceive();
        JCSystem.requestObjectDeletion(); /* what was replaced holds memory */
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
        byte ins = b[ISO7816.OFFSET_INS];

        if (ins < 0x20) {
            return keys(ins, b, n);
        }
        return ins < 0x30 ? sign(ins, b, n) : recover(ins, b, n);
    }

    private short keys(byte ins, byte[] b, short n) {
        byte p1 = b[ISO7816.OFFSET_P1];
        byte p2 = b[ISO7816.OFFSET_P2];

        switch (ins) {
        case 0x10: /* P1 type, P2 slot, size */
            slots[p2] = KeyBuilder.buildKey(p1, Util.getShort(b, DATA), false);
            return 0;
        case 0x11: /* P1 part, P2 slot, value */
            return set(slots[p2], p1, b, DATA, n);
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
        case 0x15: /* P1 algorithm, size: into slots 0 and 1 */
            pair = new KeyPair(p1, Util.getShort(b, DATA));
            slots[0] = (Key) pair.getPublic();
            slots[1] = (Key) pair.getPrivate();
            return 0;
        case 0x16: /* P1 public, P2 private */
            pair = new KeyPair((PublicKey) slots[p1], (PrivateKey) slots[p2]);
            return 0;
        case 0x17:
            pair.genKeyPair();
            return 0;
        case 0x18: /* P1: no parameters; else type and rounds */
            type = p1;
            rounds = p2;
            pair.genKeyPair(p1 == 0 ? null : this);
            return 0;
        case 0x1A: /* P1 ALG_TYPE_*, P2 slot, memory, size */
            slots[p2] = KeyBuilder.buildKey(p1, b[DATA],
                    Util.getShort(b, (short) (DATA + 1)), false);
            return 0;
        case 0x1B: /* P1 ALG_TYPE_*, P2 slot, memory, slot of the domain */
            slots[p2] = KeyBuilder.buildKeyWithSharedDomain(p1, b[DATA],
                    n == 1 ? null : slots[b[(short) (DATA + 1)]], false);
            return 0;
        default: /* null, and beyond the array */
            return set(slots[p2], p1, n == 0 ? null : b, (short) 32760, (short) 8);
        }
    }

    private short sign(byte ins, byte[] b, short n) {
        byte p1 = b[ISO7816.OFFSET_P1];
        short p2 = (short) (b[ISO7816.OFFSET_P2] & 0xFF);

        switch (ins) {
        case 0x20: /* P1 ALG_*, or else digest and P2 padding */
            signature = p2 == 0 ? Signature.getInstance(p1, false)
                    : Signature.getInstance(p1, Signature.SIG_CIPHER_RSA,
                            (byte) p2, false);
            b[0] = signature.getAlgorithm();
            b[1] = signature.getMessageDigestAlgorithm();
            b[2] = signature.getCipherAlgorithm();
            b[3] = signature.getPaddingAlgorithm();
            return 4;
        case 0x21: /* P1 mode, P2 slot, parameters */
            if (n == 0) {
                signature.init(slots[p2], p1);
            } else {
                signature.init(slots[p2], p1, b, DATA, n);
            }
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
        case 0x25:
            return signature.signPreComputedHash(b, DATA, n, b, (short) 0);
        case 0x26: /* P2 bytes of signature, digest behind */
            return yes(b, signature.verifyPreComputedHash(b,
                    (short) (DATA + p2), (short) (n - p2), b, DATA, p2));
        case 0x27: /* P1 private, P2 public slot: signs and verifies */
            signature.init(slots[p1], Signature.MODE_SIGN);
            p1 = (byte) 0;
            short size = signature.sign(b, DATA, n, room, (short) 0);
            signature.init(slots[p2], Signature.MODE_VERIFY);
            return yes(b, signature.verify(b, DATA, n, room, (short) 0, size));
        case 0x2A: /* P1 digest, P2 SIG_CIPHER_* */
            signature = Signature.getInstance(p1, (byte) p2, Cipher.PAD_NULL,
                    false);
            b[0] = signature.getAlgorithm();
            b[1] = signature.getMessageDigestAlgorithm();
            b[2] = signature.getCipherAlgorithm();
            b[3] = signature.getPaddingAlgorithm();
            return 4;
        case 0x29: /* P1 private, P2 public slot: the same at once */
            return atOnce(slots[p1], slots[p2], b, n);
        default: /* P2 bytes of state, then the count of bytes before */
            signature.setInitialDigest(b, DATA, p2, b, (short) (DATA + p2),
                    (short) (n - p2));
            return 0;
        }
    }

    /* Whether it is right, and why update() and a closed object are not. */
    private short atOnce(Key secret, Key open, byte[] b, short n) {
        Signature.OneShot once = Signature.OneShot.open(
                MessageDigest.ALG_SHA_256, Signature.SIG_CIPHER_RSA,
                Cipher.PAD_PKCS1);

        once.init(secret, Signature.MODE_SIGN);
        short size = once.sign(b, DATA, n, room, (short) 0);
        byte reason = 0;
        try {
            once.update(b, DATA, n);
        } catch (CryptoException e) {
            reason = (byte) e.getReason();
        }
        once.close();
        once = Signature.OneShot.open(MessageDigest.ALG_SHA_256,
                Signature.SIG_CIPHER_RSA, Cipher.PAD_PKCS1);
        once.init(open, Signature.MODE_VERIFY);
        yes(b, once.verify(b, DATA, n, room, (short) 0, size));
        once.close();
        once.close();
        b[1] = reason;
        b[2] = 0;
        try {
            once.getLength();
        } catch (CryptoException e) {
            b[2] = (byte) e.getReason();
        }
        return 3;
    }

    private short recover(byte ins, byte[] b, short n) {
        byte p1 = b[ISO7816.OFFSET_P1];
        byte p2 = b[ISO7816.OFFSET_P2];
        SignatureMessageRecovery recovery;
        short size;

        switch (ins) {
        case 0x30: /* the signature, with the length of what is in it first */
            size = ((SignatureMessageRecovery) signature).sign(b, DATA, n, b,
                    (short) 2, length, (short) 0);
            Util.setShort(b, (short) 0, length[0]);
            return (short) (size + 2);
        case 0x31: /* what is in the signature */
            size = ((SignatureMessageRecovery) signature).beginVerify(b, DATA,
                    n);
            return Util.arrayCopyNonAtomic(b, DATA, b, (short) 0, size);
        case 0x32:
            return yes(b, ((SignatureMessageRecovery) signature).verify(b,
                    DATA, n));
        case 0x33: /* P1 mode, P2 slot: what it is then */
            recovery = (SignatureMessageRecovery) signature;
            recovery.init(slots[p2], p1);
            b[0] = recovery.getAlgorithm();
            Util.setShort(b, (short) 1, recovery.getLength());
            return 3;
        case 0x34:
            ((SignatureMessageRecovery) signature).update(b, DATA, n);
            return 0;
        case 0x50: /* P1 KeyAgreement.ALG_* */
            agreement = KeyAgreement.getInstance(p1, false);
            return 0;
        case 0x51: /* P2 slot */
            agreement.init((PrivateKey) slots[p2]);
            return 0;
        case 0x52:
            return agreement.generateSecret(b, DATA, n, b, (short) 0);
        case 0x53: /* P2 slot of a public DH key: the secret with it */
            size = ((DHPublicKey) slots[p2]).getY(room, (short) 0);
            return agreement.generateSecret(room, (short) 0, size, b,
                    (short) 0);
        case 0x40: /* P1 ALG_*, or P2 padding */
            cipher = p2 == 0 ? Cipher.getInstance(p1, false)
                    : Cipher.getInstance(Cipher.CIPHER_RSA, p2, false);
            return 0;
        case 0x41: /* P1 mode, P2 slot, parameters */
            if (n == 0) {
                cipher.init(slots[p2], p1);
            } else {
                cipher.init(slots[p2], p1, b, DATA, n);
            }
            return 0;
        case 0x42:
            return cipher.doFinal(b, DATA, n, b, (short) 0);
        case 0x43:
            return cipher.update(b, DATA, n, b, (short) 0);
        default: /* P1 public, P2 private slot: there and back */
            cipher.init(slots[p1], Cipher.MODE_ENCRYPT);
            size = cipher.doFinal(b, DATA, n, room, (short) 0);
            cipher.init(slots[p2], Cipher.MODE_DECRYPT);
            return cipher.doFinal(room, (short) 0, size, b, (short) 0);
        }
    }

    private static short yes(byte[] b, boolean truth) {
        b[0] = (byte) (truth ? 1 : 0);
        return 1;
    }

    private static short set(Key key, byte part, byte[] b, short at, short n) {
        switch (part) {
        case 0:
            ((RSAPublicKey) key).setModulus(b, at, n);
            break;
        case 1:
            ((RSAPublicKey) key).setExponent(b, at, n);
            break;
        case 2:
            ((RSAPrivateKey) key).setModulus(b, at, n);
            break;
        case 3:
            ((RSAPrivateKey) key).setExponent(b, at, n);
            break;
        case 4:
            ((RSAPrivateCrtKey) key).setP(b, at, n);
            break;
        case 5:
            ((RSAPrivateCrtKey) key).setQ(b, at, n);
            break;
        case 6:
            ((RSAPrivateCrtKey) key).setDP1(b, at, n);
            break;
        case 7:
            ((RSAPrivateCrtKey) key).setDQ1(b, at, n);
            break;
        case 8:
            ((RSAPrivateCrtKey) key).setPQ(b, at, n);
            break;
        default:
            return setLogarithm(key, part, b, at, n);
        }
        return 0;
    }

    private static short setLogarithm(Key key, byte part, byte[] b, short at,
            short n) {
        switch (part) {
        case 16:
            ((DSAKey) key).setP(b, at, n);
            break;
        case 17:
            ((DSAKey) key).setQ(b, at, n);
            break;
        case 18:
            ((DSAKey) key).setG(b, at, n);
            break;
        case 19:
            ((DSAPrivateKey) key).setX(b, at, n);
            break;
        case 20:
            ((DSAPublicKey) key).setY(b, at, n);
            break;
        case 32:
            ((DHKey) key).setP(b, at, n);
            break;
        case 33:
            ((DHKey) key).setQ(b, at, n);
            break;
        case 34:
            ((DHKey) key).setG(b, at, n);
            break;
        case 35:
            ((DHPrivateKey) key).setX(b, at, n);
            break;
        default:
            ((DHPublicKey) key).setY(b, at, n);
        }
        return 0;
    }

    private static short get(Key key, byte part, byte[] b) {
        switch (part) {
        case 0:
            return ((RSAPublicKey) key).getModulus(b, (short) 0);
        case 1:
            return ((RSAPublicKey) key).getExponent(b, (short) 0);
        case 2:
            return ((RSAPrivateKey) key).getModulus(b, (short) 0);
        case 3:
            return ((RSAPrivateKey) key).getExponent(b, (short) 0);
        case 4:
            return ((RSAPrivateCrtKey) key).getP(b, (short) 0);
        case 5:
            return ((RSAPrivateCrtKey) key).getQ(b, (short) 0);
        case 6:
            return ((RSAPrivateCrtKey) key).getDP1(b, (short) 0);
        case 7:
            return ((RSAPrivateCrtKey) key).getDQ1(b, (short) 0);
        case 8:
            return ((RSAPrivateCrtKey) key).getPQ(b, (short) 0);
        default:
            return getLogarithm(key, part, b);
        }
    }

    private static short getLogarithm(Key key, byte part, byte[] b) {
        switch (part) {
        case 16:
            return ((DSAKey) key).getP(b, (short) 0);
        case 17:
            return ((DSAKey) key).getQ(b, (short) 0);
        case 18:
            return ((DSAKey) key).getG(b, (short) 0);
        case 19:
            return ((DSAPrivateKey) key).getX(b, (short) 0);
        case 20:
            return ((DSAPublicKey) key).getY(b, (short) 0);
        case 32:
            return ((DHKey) key).getP(b, (short) 0);
        case 33:
            return ((DHKey) key).getQ(b, (short) 0);
        case 34:
            return ((DHKey) key).getG(b, (short) 0);
        case 35:
            return ((DHPrivateKey) key).getX(b, (short) 0);
        default:
            return ((DHPublicKey) key).getY(b, (short) 0);
        }
    }
}
