package org.postcard.bench;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.security.AESKey;
import javacard.security.DESKey;
import javacard.security.ECKey;
import javacard.security.HMACKey;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.MessageDigest;
import javacard.security.NamedParameterSpec;
import javacard.security.PrivateKey;
import javacard.security.PublicKey;
import javacard.security.RandomData;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/** One operation of the API a command, on the command's data. */
public final class Crypto extends Applet {
    private static final byte[] P = {
        -1, -1, -1, -1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    private static final byte[] A = {
        -1, -1, -1, -1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -4};
    private static final byte[] B = {
        0x5A, (byte) 0xC6, 0x35, (byte) 0xD8, (byte) 0xAA, 0x3A, (byte) 0x93,
        (byte) 0xE7, (byte) 0xB3, (byte) 0xEB, (byte) 0xBD, 0x55, 0x76,
        (byte) 0x98, (byte) 0x86, (byte) 0xBC, 0x65, 0x1D, 0x06, (byte) 0xB0,
        (byte) 0xCC, 0x53, (byte) 0xB0, (byte) 0xF6, 0x3B, (byte) 0xCE, 0x3C,
        0x3E, 0x27, (byte) 0xD2, 0x60, 0x4B};
    private static final byte[] G = {
        0x04, 0x6B, 0x17, (byte) 0xD1, (byte) 0xF2, (byte) 0xE1, 0x2C, 0x42,
        0x47, (byte) 0xF8, (byte) 0xBC, (byte) 0xE6, (byte) 0xE5, 0x63,
        (byte) 0xA4, 0x40, (byte) 0xF2, 0x77, 0x03, 0x7D, (byte) 0x81, 0x2D,
        (byte) 0xEB, 0x33, (byte) 0xA0, (byte) 0xF4, (byte) 0xA1, 0x39, 0x45,
        (byte) 0xD8, (byte) 0x98, (byte) 0xC2, (byte) 0x96, 0x4F, (byte) 0xE3,
        0x42, (byte) 0xE2, (byte) 0xFE, 0x1A, 0x7F, (byte) 0x9B, (byte) 0x8E,
        (byte) 0xE7, (byte) 0xEB, 0x4A, 0x7C, 0x0F, (byte) 0x9E, 0x16, 0x2B,
        (byte) 0xCE, 0x33, 0x57, 0x6B, 0x31, 0x5E, (byte) 0xCE, (byte) 0xCB,
        (byte) 0xB6, 0x40, 0x68, 0x37, (byte) 0xBF, 0x51, (byte) 0xF5};
    private static final byte[] R = {
        -1, -1, -1, -1, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1,
        (byte) 0xBC, (byte) 0xE6, (byte) 0xFA, (byte) 0xAD, (byte) 0xA7, 0x17,
        (byte) 0x9E, (byte) 0x84, (byte) 0xF3, (byte) 0xB9, (byte) 0xCA,
        (byte) 0xC2, (byte) 0xFC, 0x63, 0x25, 0x51};

    private final byte[] out;
    private final Cipher aes;
    private final Cipher des;
    private final MessageDigest sha1;
    private final MessageDigest sha256;
    private final Signature hmac;
    private final Signature cmac;
    private final Signature ecdsa;
    private final Signature eddsa;
    private final Signature rsa;
    private final RandomData random;
    private final KeyPair ecPair;
    private final KeyPair newPair;
    private KeyPair rsaPair;

    private Crypto() {
        AESKey aesKey = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES,
            KeyBuilder.LENGTH_AES_128, false);
        DESKey desKey = (DESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_DES,
            KeyBuilder.LENGTH_DES3_3KEY, false);
        HMACKey hmacKey = (HMACKey) KeyBuilder.buildKey(KeyBuilder.TYPE_HMAC,
            KeyBuilder.LENGTH_HMAC_SHA_256_BLOCK_64, false);

        out = JCSystem.makeTransientByteArray((short) 256,
            JCSystem.CLEAR_ON_RESET);
        aesKey.setKey(G, (short) 1);
        desKey.setKey(G, (short) 1);
        hmacKey.setKey(G, (short) 1, (short) 32);
        aes = Cipher.getInstance(Cipher.ALG_AES_BLOCK_128_CBC_NOPAD, false);
        aes.init(aesKey, Cipher.MODE_ENCRYPT);
        des = Cipher.getInstance(Cipher.ALG_DES_CBC_NOPAD, false);
        des.init(desKey, Cipher.MODE_ENCRYPT);
        sha1 = MessageDigest.getInstance(MessageDigest.ALG_SHA, false);
        sha256 = MessageDigest.getInstance(MessageDigest.ALG_SHA_256, false);
        hmac = Signature.getInstance(Signature.ALG_HMAC_SHA_256, false);
        hmac.init(hmacKey, Signature.MODE_SIGN);
        cmac = Signature.getInstance(Signature.ALG_AES_CMAC_128, false);
        cmac.init(aesKey, Signature.MODE_SIGN);
        random = RandomData.getInstance(RandomData.ALG_SECURE_RANDOM);
        ecPair = p256();
        newPair = p256();
        ecPair.genKeyPair();
        ecdsa = Signature.getInstance(Signature.ALG_ECDSA_SHA_256, false);
        ecdsa.init(ecPair.getPrivate(), Signature.MODE_SIGN);
        KeyPair edwards = edwardsPair();
        edwards.genKeyPair();
        eddsa = Signature.getInstance(MessageDigest.ALG_NULL,
            Signature.SIG_CIPHER_EDDSA, Cipher.PAD_NULL, false);
        eddsa.init(edwards.getPrivate(), Signature.MODE_SIGN);
        rsa = Signature.getInstance(Signature.ALG_RSA_SHA_256_PKCS1, false);
    }

    private static KeyPair p256() {
        KeyPair pair = new KeyPair(KeyPair.ALG_EC_FP,
            KeyBuilder.LENGTH_EC_FP_256);
        setCurve((ECKey) pair.getPublic());
        setCurve((ECKey) pair.getPrivate());
        return pair;
    }

    private static KeyPair edwardsPair() {
        NamedParameterSpec spec =
            NamedParameterSpec.getInstance(NamedParameterSpec.ED25519);

        return new KeyPair(
            (PublicKey) KeyBuilder.buildXECKey(spec,
                KeyBuilder.ATTR_PUBLIC, false),
            (PrivateKey) KeyBuilder.buildXECKey(spec,
                KeyBuilder.ATTR_PRIVATE, false));
    }

    private static void setCurve(ECKey key) {
        key.setFieldFP(P, (short) 0, (short) P.length);
        key.setA(A, (short) 0, (short) A.length);
        key.setB(B, (short) 0, (short) B.length);
        key.setG(G, (short) 0, (short) G.length);
        key.setR(R, (short) 0, (short) R.length);
        key.setK((short) 1);
    }

    public static void install(byte[] array, short offset, byte length) {
        new Crypto().register();
    }

    private void makeRsa(boolean again) {
        if (rsaPair != null && !again) {
            return;
        }
        if (rsaPair == null) {
            rsaPair = new KeyPair(KeyPair.ALG_RSA_CRT,
                KeyBuilder.LENGTH_RSA_2048);
        }
        rsaPair.genKeyPair();
        rsa.init(rsaPair.getPrivate(), Signature.MODE_SIGN);
    }

    private short run(byte ins, byte[] in, short n) {
        final short at = ISO7816.OFFSET_CDATA;

        switch (ins) {
        case 0x10:
            return aes.doFinal(in, at, n, out, (short) 0);
        case 0x12:
            return des.doFinal(in, at, n, out, (short) 0);
        case 0x14:
            return sha1.doFinal(in, at, n, out, (short) 0);
        case 0x16:
            return sha256.doFinal(in, at, n, out, (short) 0);
        case 0x18:
            return hmac.sign(in, at, n, out, (short) 0);
        case 0x1A:
            return cmac.sign(in, at, n, out, (short) 0);
        case 0x1C:
            random.generateData(out, (short) 0, (short) 240);
            return 240;
        case 0x20:
            return ecdsa.sign(in, at, n, out, (short) 0);
        case 0x22:
            newPair.genKeyPair();
            return 0;
        case 0x24:
            makeRsa(false);
            return rsa.sign(in, at, n, out, (short) 0);
        case 0x26:
            makeRsa(true);
            return 0;
        case 0x28:
            return eddsa.sign(in, at, n, out, (short) 0);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            return;
        }
        short n = apdu.setIncomingAndReceive();
        short length = run(buffer[ISO7816.OFFSET_INS], buffer, n);
        apdu.setOutgoing();
        apdu.setOutgoingLength(length);
        apdu.sendBytesLong(out, (short) 0, length);
    }
}
