package org.postcard.test.secrets;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.security.*;
import javacardx.biometry.BioBuilder;
import javacardx.biometry.OwnerBioTemplate;
import javacardx.crypto.Cipher;

/**
 * Puts the secrets that it is sent where the API has places for them, uses
 * them and forgets them.  P1 says which place; nothing it is sent stays but
 * there.
 */
public class Secrets extends Applet {
    private static final byte PLACES = 12;
    private final Object[] keys = new Object[PLACES];
    private final OwnerPIN pin = new OwnerPIN((byte) 9, (byte) 16);
    private final OwnerBioTemplate bio = BioBuilder.buildBioTemplate(
            BioBuilder.PASSWORD, (byte) 9, null, (byte) 0);
    private final Cipher cipher = Cipher.getInstance(
            Cipher.ALG_AES_BLOCK_128_ECB_NOPAD, false);
    private final Signature mac = Signature.getInstance(
            Signature.ALG_HMAC_SHA_256, false);
    private final Signature ecdsa = Signature.getInstance(
            Signature.ALG_ECDSA_SHA_256, false);
    private final Signature pss = Signature.getInstance(
            Signature.ALG_RSA_SHA_256_PKCS1_PSS, false);
    private KeyPair pair;
    private KeyPair rsa;

    public static void install(byte[] b, short at, byte n) {
        new Secrets().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet())
            return;
        byte[] b = apdu.getBuffer();
        byte place = b[ISO7816.OFFSET_P1];
        byte how = b[ISO7816.OFFSET_P2];
        short n = apdu.setIncomingAndReceive();
        short at = apdu.getOffsetCdata();
        short out = 0;
        switch (b[ISO7816.OFFSET_INS]) {
        case 0x10:
            put(place, how, b, at, n);
            break;
        case 0x11:
            out = use(place, b, at, n);
            break;
        case 0x12:
            ((Key) keys[place]).clearKey();
            break;
        case 0x13:
            keys[place] = null;
            JCSystem.requestObjectDeletion();
            break;
        case 0x20:
            inside(how);
            pin.update(b, at, (byte) n);
            ended(how);
            break;
        case 0x21:
            if (!pin.check(b, at, (byte) n))
                ISOException.throwIt((short) 0x63C0);
            break;
        case 0x22:
            bio.init(b, at, (short) 4);
            bio.update(b, (short) (at + 4), (short) (n - 4));
            bio.doFinal();
            break;
        case 0x23:
            if (bio.initMatch(b, at, n) < 0x4000)
                ISOException.throwIt((short) 0x63C0);
            break;
        case 0x24:
            bio.resetUnblockAndSetTryLimit((byte) 9);
            break;
        case 0x30:
            out = generate(place, how, b);
            break;
        case 0x40:
            out = random(place, b, (short) (how & 0xFF));
            break;
        case 0x41:
            out = salted(b, at, n);
            break;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        apdu.setOutgoingAndSend((short) 0, out);
    }

    /* 1: what follows is committed; 2: aborted */
    private static void inside(byte how) {
        if (how != 0)
            JCSystem.beginTransaction();
    }

    private static void ended(byte how) {
        if (how == 1)
            JCSystem.commitTransaction();
        else if (how == 2)
            JCSystem.abortTransaction();
    }

    private Key key(byte place, byte type, short bits) {
        if (keys[place] == null)
            keys[place] = KeyBuilder.buildKey(type, bits, false);
        return (Key) keys[place];
    }

    private void put(byte place, byte how, byte[] b, short at, short n) {
        Key k = null;

        switch (place) {
        case 0:
            k = key(place, KeyBuilder.TYPE_AES, (short) (8 * n));
            break;
        case 1:
            k = key(place, KeyBuilder.TYPE_DES, (short) (8 * n));
            break;
        case 2:
            k = key(place, KeyBuilder.TYPE_HMAC, (short) 256);
            break;
        case 3:
            k = key(place, KeyBuilder.TYPE_EC_FP_PRIVATE, (short) (8 * n));
            break;
        case 4:
            k = key(place, KeyBuilder.TYPE_RSA_PRIVATE, (short) 512);
            break;
        case 5:
            k = key(place, KeyBuilder.TYPE_RSA_CRT_PRIVATE, (short) 512);
            break;
        case 6:
            k = key(place, KeyBuilder.TYPE_DSA_PRIVATE, (short) 512);
            break;
        default:
            k = key(place, KeyBuilder.TYPE_KOREAN_SEED, (short) 128);
        }
        inside(how);
        if (place == 0)
            ((AESKey) k).setKey(b, at);
        else if (place == 1)
            ((DESKey) k).setKey(b, at);
        else if (place == 2)
            ((HMACKey) k).setKey(b, at, n);
        else if (place == 3)
            ((ECPrivateKey) k).setS(b, at, n);
        else if (place == 4)
            ((RSAPrivateKey) k).setExponent(b, at, n);
        else if (place == 5)
            factors((RSAPrivateCrtKey) k, b, at, n);
        else if (place == 6)
            ((DSAPrivateKey) k).setX(b, at, n);
        else
            ((KoreanSEEDKey) k).setKey(b, at);
        ended(how);
    }

    private static void factors(RSAPrivateCrtKey k, byte[] b, short at,
            short n) {
        k.setP(b, at, n);
        k.setQ(b, at, n);
        k.setDP1(b, at, n);
        k.setDQ1(b, at, n);
        k.setPQ(b, at, n);
    }

    /* AES: a block; HMAC: the first bytes of the code of the data; the pair:
     * a signature. */
    private short use(byte place, byte[] b, short at, short n) {
        switch (place) {
        case 0:
            cipher.init((Key) keys[place], Cipher.MODE_ENCRYPT);
            return cipher.doFinal(b, at, (short) 16, b, (short) 0);
        case 2:
            mac.init((Key) keys[place], Signature.MODE_SIGN);
            mac.sign(b, at, n, b, (short) 0);
            return (short) 8;
        case 3:
            return ((ECPrivateKey) keys[place]).getS(b, (short) 0);
        default:
            ecdsa.init(pair.getPrivate(), Signature.MODE_SIGN);
            return ecdsa.sign(b, at, n, b, (short) 0);
        }
    }

    private static short random(byte algorithm, byte[] b, short n) {
        RandomData.OneShot source = RandomData.OneShot.open(algorithm);

        source.nextBytes(b, (short) 0, n);
        source.close();
        return n;
    }

    /* PSS, with a pair that is made for the first. */
    private short salted(byte[] b, short at, short n) {
        if (rsa == null) {
            rsa = new KeyPair(KeyPair.ALG_RSA_CRT, (short) 1024);
            rsa.genKeyPair();
        }
        pss.init(rsa.getPrivate(), Signature.MODE_SIGN);
        return pss.sign(b, at, n, b, (short) 0);
    }

    /* Tells the private parts of a new pair. */
    private short generate(byte what, byte how, byte[] b) {
        short n = 0;

        if (pair == null)
            pair = what == 0 ? new KeyPair(KeyPair.ALG_EC_FP, (short) 256)
                    : new KeyPair(KeyPair.ALG_RSA_CRT, (short) 512);
        inside(how);
        pair.genKeyPair();
        ended(how);
        if (what == 0)
            return ((ECPrivateKey) pair.getPrivate()).getS(b, (short) 0);
        RSAPrivateCrtKey k = (RSAPrivateCrtKey) pair.getPrivate();
        pair = null;
        n += k.getP(b, n);
        n += k.getQ(b, n);
        n += k.getDP1(b, n);
        n += k.getDQ1(b, n);
        n += k.getPQ(b, n);
        JCSystem.requestObjectDeletion();
        return n;
    }
}
