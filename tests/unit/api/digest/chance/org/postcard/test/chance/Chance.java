package org.postcard.test.chance;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.AlgorithmParameterSpec;
import javacard.security.CryptoException;
import javacard.security.HMACKey;
import javacard.security.KeyBuilder;
import javacard.security.RandomData;
import javacard.security.SecretKey;
import javacardx.security.derivation.DerivationFunction;

/**
 * Calls of RandomData and DerivationFunction, P1 names the algorithm.  Answers
 * 69rr for a CryptoException.
 */
public class Chance extends Applet {
    private final RandomData[] random = new RandomData[7];
    private final DerivationFunction[] functions = new DerivationFunction[11];
    private final byte[] kept = new byte[256];

    public static void install(byte[] bArray, short bOffset, byte bLength) {
        new Chance().register();
    }

    private static final short DATA = ISO7816.OFFSET_CDATA;

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
        byte algorithm = b[ISO7816.OFFSET_P1];
        short p2 = (short) (b[ISO7816.OFFSET_P2] & 0xFF);

        switch (b[ISO7816.OFFSET_INS]) {
        case 0x01: // to volatile memory
            return random(algorithm).nextBytes(b, (short) 0, p2);
        case 0x02: // to persistent memory
            random(algorithm).generateData(kept, (short) 0, p2);
            return Util.arrayCopyNonAtomic(kept, (short) 0, b, (short) 0, p2);
        case 0x03:
            random(algorithm).setSeed(b, DATA, n);
            return 0;
        case 0x04:
            return once(algorithm, b, n, p2);
        case 0x05:
            b[0] = random(algorithm).getAlgorithm();
            return 1;
        case 0x06: // anew
            random[algorithm] = RandomData.getInstance(algorithm, true);
            return 0;
        case 0x10: // P1: function
            return derive(function(algorithm), algorithm, b, n, p2);
        case 0x11: // on with what init() made
            return function(algorithm).nextBytes(b, (short) 0, p2);
        case 0x12:
            return function(algorithm).lastBytes(b, (short) 0, p2);
        case 0x13:
            return deriveOnce(algorithm, b, n, p2);
        case 0x14:
            return deriveKeys(function(algorithm), b);
        case 0x15:
            Util.setShort(b, (short) 0, function(algorithm).getAlgorithm());
            return 2;
        case 0x16:
            function(algorithm).init(p2 == 0 ? null : new Other());
            return 0;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    private RandomData random(byte algorithm) {
        if (algorithm < 1 || algorithm > 6) {
            return RandomData.getInstance(algorithm);
        }
        if (random[algorithm] == null) {
            random[algorithm] = RandomData.getInstance(algorithm);
        }
        return random[algorithm];
    }

    private static short once(byte algorithm, byte[] b, short n, short p2) {
        RandomData.OneShot r = RandomData.OneShot.open(algorithm);
        if (n > 0) {
            r.setSeed(b, DATA, n);
        }
        if (r.getAlgorithm() != algorithm) {
            return 0;
        }
        r.generateData(b, (short) 0, p2);
        short end = r.nextBytes(b, p2, p2);
        r.close();
        return end;
    }

    private DerivationFunction function(byte algorithm) {
        if (algorithm < 1 || algorithm > 10) {
            return DerivationFunction.getInstance(algorithm, false);
        }
        if (functions[algorithm] == null) {
            functions[algorithm] =
                DerivationFunction.getInstance(algorithm, true);
        }
        return functions[algorithm];
    }

    /**
     * Data: algorithm, length (2), counter's length, prefix, then secret and
     * two parts, each with its length.
     */
    private AlgorithmParameterSpec specification(byte algorithm, byte[] b) {
        short at = (short) (DATA + 5);
        byte[] secret = part(b, at);
        at += (short) (1 + secret.length);
        byte[] first = part(b, at);
        at += (short) (1 + first.length);
        byte[] second = part(b, at);
        short length = Util.getShort(b, (short) (DATA + 1));

        if (algorithm <= 5) {
            return new KeySpec(b[DATA], length, b[(short) (DATA + 3)],
                               key(b[DATA], secret), first, second);
        }
        return new BytesSpec(b[DATA], length, b[(short) (DATA + 4)], secret,
                             first, second);
    }

    private static SecretKey key(byte algorithm, byte[] value) {
        if (algorithm == 49) {
            AESKey aes = (AESKey) KeyBuilder.buildKey(
                KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
            if (value.length > 0) {
                aes.setKey(value, (short) 0);
            }
            return aes;
        }
        HMACKey hmac = (HMACKey) KeyBuilder.buildKey(
            KeyBuilder.TYPE_HMAC, KeyBuilder.LENGTH_HMAC_SHA_256_BLOCK_64,
            false);
        if (value.length > 0) {
            hmac.setKey(value, (short) 0, (short) value.length);
        }
        return hmac;
    }

    private static byte[] part(byte[] b, short at) {
        byte[] bytes = new byte[(short) (b[at] & 0xFF)];

        Util.arrayCopyNonAtomic(b, (short) (at + 1), bytes, (short) 0,
                                (short) bytes.length);
        return bytes;
    }

    /** In pieces of 7 bytes. */
    private short derive(DerivationFunction f, byte algorithm, byte[] b,
                         short n, short p2) {
        f.init(specification(algorithm, b));
        return inPieces(f, b, p2);
    }

    private static short inPieces(DerivationFunction f, byte[] b, short p2) {
        short at = 0;

        while ((short) (p2 - at) > 7) {
            at += f.nextBytes(b, at, (short) 7);
        }
        return (short) (at + f.nextBytes(b, at, (short) (p2 - at)));
    }

    private short deriveOnce(byte algorithm, byte[] b, short n, short p2) {
        DerivationFunction.OneShot f =
            DerivationFunction.OneShot.open(algorithm);
        f.init(specification(algorithm, b));
        short at = inPieces(f, b, p2);
        at = (short) (at + f.lastBytes(b, at, (short) 0));
        f.close();
        try {
            f.getAlgorithm();
            return 0;
        } catch (CryptoException e) {
            return e.getReason() == CryptoException.ILLEGAL_USE ? at : 0;
        }
    }

    /** Two AES keys, the second to begin again behind. */
    private static short deriveKeys(DerivationFunction f, byte[] b) {
        AESKey first = (AESKey) KeyBuilder.buildKey(
            KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
        AESKey second = (AESKey) KeyBuilder.buildKey(
            KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);

        if (f.nextBytes(first) != 16 || f.lastBytes(second) != 16) {
            return 0;
        }
        first.getKey(b, (short) 0);
        second.getKey(b, (short) 16);
        return 32;
    }

    /** A specification of nothing. */
    private static class Other implements AlgorithmParameterSpec {
    }
}
