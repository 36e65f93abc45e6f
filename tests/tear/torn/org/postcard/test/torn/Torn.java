package org.postcard.test.torn;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.SensitiveArrays;
import javacard.security.*;
import javacardx.framework.math.BigNumber;
import javacardx.framework.tlv.*;
import javacardx.security.util.MonotonicCounter;

/**
 * Changes objects of the API that keep something, one way an instruction: P1 is
 * written to a field in the same transaction, which P2 commits (1) or aborts
 * (2); with 0 there is none.  Instruction 00 tells all that is kept.
 */
public final class Torn extends Applet {
    private final AESKey aes = (AESKey) KeyBuilder.buildKey(
            KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
    private final RSAPrivateCrtKey crt = (RSAPrivateCrtKey) KeyBuilder.buildKey(
            KeyBuilder.TYPE_RSA_CRT_PRIVATE, KeyBuilder.LENGTH_RSA_512, false);
    private final KeyPair pair = new KeyPair(KeyPair.ALG_EC_FP, (short) 192);
    private final BigNumber number = new BigNumber((short) 8);
    private final ConstructedBERTLV tlv = new ConstructedBERTLV((short) 16);
    private final PrimitiveBERTLV part = new PrimitiveBERTLV((short) 16);
    private final MonotonicCounter counter = MonotonicCounter.getInstance(
            (short) 4, JCSystem.MEMORY_TYPE_PERSISTENT);
    private final Signature signature = Signature.getInstance(
            Signature.ALG_ECDSA_SHA, false);
    private byte[] sensitive;
    private byte field;

    public static void install(byte[] b, short at, byte n) {
        new Torn().register();
    }

    private Torn() {
        byte[] b = {0x70, 0x03, 0x01, 0x01, 0x55};

        tlv.init(b, (short) 0, (short) 5);
        part.init(b, (short) 2, (short) 3);
        if (SensitiveArrays.isIntegritySensitiveArraysSupported())
            sensitive = (byte[]) SensitiveArrays.makeIntegritySensitiveArray(
                    JCSystem.ARRAY_TYPE_BYTE, JCSystem.MEMORY_TYPE_PERSISTENT,
                    (short) 8);
    }

    public void process(APDU apdu) {
        if (selectingApplet())
            return;
        byte[] b = apdu.getBuffer();
        byte value = b[ISO7816.OFFSET_P1];
        byte end = b[ISO7816.OFFSET_P2];
        byte what = b[ISO7816.OFFSET_INS];
        short n = 0;

        if (what == 0) {
            n = tell(b);
        } else if (what == 1) {
            n = prove(b);
        } else {
            if (end != 0) {
                JCSystem.beginTransaction();
                field = value;
            }
            change(what, value, b);
            if (end == 1)
                JCSystem.commitTransaction();
            else if (end == 2)
                JCSystem.abortTransaction();
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    private static void fill(byte[] b, byte value) {
        for (short i = 0; i < 64; i++)
            b[i] = (byte) (value + i);
    }

    private void change(byte what, byte value, byte[] b) {
        fill(b, value);
        switch (what) {
        case 0x10:
            aes.setKey(b, (short) 0);
            break;
        case 0x11:
            aes.clearKey();
            break;
        case 0x12:
            crt.setP(b, (short) 0, (short) 32);
            break;
        case 0x13:
            crt.setP(b, (short) 0, (short) 32);
            crt.setQ(b, (short) 1, (short) 32);
            crt.setDP1(b, (short) 2, (short) 32);
            crt.setDQ1(b, (short) 3, (short) 32);
            crt.setPQ(b, (short) 4, (short) 32);
            break;
        case 0x14:
            crt.clearKey();
            break;
        case 0x15:
            pair.genKeyPair();
            break;
        case 0x20:
            number.init(b, (short) 0, (short) 6, BigNumber.FORMAT_HEX);
            break;
        case 0x21:
            number.add(b, (short) 0, (short) 4, BigNumber.FORMAT_HEX);
            break;
        case 0x22:
            number.multiply(b, (short) 0, (short) 1, BigNumber.FORMAT_HEX);
            break;
        case 0x23:
            number.reset();
            break;
        case 0x30:
            tlv.append(part);
            break;
        case 0x31:
            tlv.delete(part, (short) 1);
            break;
        case 0x32:
            part.appendValue(b, (short) 0, (short) 40);
            break;
        case 0x33:
            part.replaceValue(b, (short) 0, (short) 60);
            break;
        case 0x40:
            counter.incrementBy((short) 7);
            break;
        case 0x41:
            b[0] &= 0x7F;
            counter.setValue(b, (short) 0, (short) 4);
            break;
        case 0x50:
            if (sensitive != null)
                sensitive[3] = value;
            break;
        case 0x51:
            if (sensitive != null)
                SensitiveArrays.clearArray(sensitive);
            break;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private static short put(byte[] b, short at, boolean is) {
        b[at] = (byte) (is ? 1 : 0);
        return (short) (at + 1);
    }

    private short tell(byte[] b) {
        ECPrivateKey own = (ECPrivateKey) pair.getPrivate();
        ECPublicKey open = (ECPublicKey) pair.getPublic();
        short n = 0;

        b[n++] = field;
        n = put(b, n, aes.isInitialized());
        if (aes.isInitialized())
            n += aes.getKey(b, n);
        n = put(b, n, crt.isInitialized());
        n = put(b, n, own.isInitialized());
        n = put(b, n, open.isInitialized());
        if (own.isInitialized())
            n += own.getS(b, n);
        if (open.isInitialized())
            n += open.getW(b, n);
        number.toBytes(b, n, (short) 8, BigNumber.FORMAT_HEX);
        n += 8;
        n += tlv.toBytes(b, n);
        n += part.toBytes(b, n);
        n += counter.get(b, n);
        for (short i = 0; sensitive != null && i < 8; i++)
            b[n++] = sensitive[i];
        return n;
    }

    /* What the pair signs it verifies, and a CRT key has all its parts. */
    private short prove(byte[] b) {
        short n = 0;

        if (pair.getPrivate().isInitialized()) {
            signature.init(pair.getPrivate(), Signature.MODE_SIGN);
            n = signature.sign(b, (short) 0, (short) 5, b, (short) 5);
            signature.init(pair.getPublic(), Signature.MODE_VERIFY);
            if (!signature.verify(b, (short) 0, (short) 5, b, (short) 5, n))
                ISOException.throwIt((short) 0x6F01);
        }
        if (crt.isInitialized())
            crt.getPQ(b, (short) 0);
        return 0;
    }
}
