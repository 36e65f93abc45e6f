package org.postcard.test.lang;

import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;
import javacard.framework.service.CardRemoteObject;
import javacard.security.AESKey;
import javacard.security.AlgorithmParameterSpec;
import javacard.security.Checksum;
import javacard.security.InitializedMessageDigest;
import javacard.security.Key;
import javacard.security.KeyAgreement;
import javacard.security.KeyBuilder;
import javacard.security.MessageDigest;
import javacard.security.PrivateKey;
import javacard.security.RandomData;
import javacard.security.SecretKey;
import javacard.security.Signature;
import javacardx.crypto.AEADCipher;
import javacardx.crypto.Cipher;
import javacardx.framework.math.BCDUtil;
import javacardx.framework.math.ParityBit;
import javacardx.framework.tlv.BERTLV;
import javacardx.framework.tlv.BERTag;
import javacardx.framework.util.intx.JCint;
import javacardx.security.derivation.DerivationFunction;

/**
 * Heirs that an applet writes of the API's abstract classes: whoever has them
 * as such a class reaches the heir's methods, and the class's own where the
 * heir has none.
 */
final class Heirs {
    private static final byte OWN = (byte) 0x5A;

    private Heirs() {
    }

    /** What each heir answers, by way of its class. */
    static short algorithms(byte[] out) {
        MessageDigest digest = new Digest();
        MessageDigest initialized = new Initialized();
        RandomData random = new Random();
        Signature signature = new Signer();
        Checksum sum = new Sum();
        KeyAgreement agreement = new Agreement();
        AEADCipher cipher = new Enciphering();
        Cipher plain = new Plainest();
        DerivationFunction function = new Function();
        BERTag tag = new Tag();
        BERTLV object = new Item();
        short n = 0;

        out[n++] = digest.getAlgorithm();
        out[n++] = initialized.getLength();
        out[n++] = random.getAlgorithm();
        out[n++] = signature.getPaddingAlgorithm();
        out[n++] = sum.getAlgorithm();
        out[n++] = agreement.getAlgorithm();
        out[n++] = cipher.getCipherAlgorithm();
        out[n++] = plain.getPaddingAlgorithm();
        out[n++] = (byte) function.getAlgorithm();
        tag.init(out, (short) 0);
        out[n++] = (byte) object.init(out, (short) 0, (short) 0);
        out[n++] = Lang.flag(new Remote() instanceof java.rmi.Remote);
        out[n++] = Lang.flag(new BCDUtil() != null && new ParityBit() != null);
        return n;
    }

    /** The flag of a PIN as the class itself keeps it, by way of an heir. */
    static short flags(byte[] out) {
        Pin pin = new Pin();

        pin.update(out, (short) 0, (byte) 4);
        pin.say(true);
        out[0] = Lang.flag(pin.isValidated());
        pin.say(false);
        out[1] = Lang.flag(pin.isValidated());
        return 2;
    }

    /** The persistent memory left, in an array of either type. */
    static short memory(byte[] out) {
        short[] shorts = new short[3];
        byte[] bytes = new byte[5];

        shorts[2] = OWN;
        bytes[4] = OWN;
        JCSystem.getAvailableMemory(shorts, (short) 0, JCSystem.MEMORY_TYPE_PERSISTENT);
        JCSystem.getAvailableMemory(bytes, (short) 0, JCSystem.MEMORY_TYPE_PERSISTENT);
        out[0] = Lang.flag(shorts[2] == OWN && bytes[4] == OWN);
        out[1] = Lang.flag(shorts[0] == Util.getShort(bytes, (short) 0)
            && shorts[1] == Util.getShort(bytes, (short) 2));
        out[2] = Lang.flag((short) (shorts[0] | shorts[1]) != 0);
        return 3;
    }

    /** Views for oneself on part of an array, and through them. */
    static short views(byte[] out) {
        boolean[] truths = {false, true, false};
        int[] numbers = {1, 0x12345678, 3};
        boolean[] some = (boolean[]) JCSystem.makeBooleanArrayView(truths, (short) 1,
            (short) 2, JCSystem.ATTR_READABLE_VIEW, null);
        int[] others = JCint.makeIntArrayView(numbers, (short) 1, (short) 1,
            (short) (JCSystem.ATTR_READABLE_VIEW | JCSystem.ATTR_WRITABLE_VIEW), null);

        out[0] = Lang.flag(some[0]);
        out[1] = (byte) some.length;
        short n = JCint.setInt(out, (short) 2, others[0]);
        others[0] = 9;
        out[n++] = (byte) numbers[1];
        try {
            some[1] = true;
        } catch (SecurityException e) {
            out[n++] = 1;
        }
        return n;
    }

    /** Where a key is kept. */
    static short memoryTypes(byte[] out) {
        Key key = KeyBuilder.buildKey(KeyBuilder.TYPE_AES_TRANSIENT_RESET,
            KeyBuilder.LENGTH_AES_128, false);

        out[0] = KeyBuilder.getMemoryType(key);
        key = KeyBuilder.buildKey(KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
        out[1] = KeyBuilder.getMemoryType(key);
        return (short) (((AESKey) key).isInitialized() ? 3 : 2);
    }

    private static final class Pin extends OwnerPIN {
        Pin() {
            super((byte) 3, (byte) 8);
        }

        void say(boolean is) {
            setValidatedFlag(is);
        }
    }

    private static final class Remote extends CardRemoteObject {
    }

    private static final class Digest extends MessageDigest {
        public byte getAlgorithm() {
            return OWN;
        }

        public byte getLength() {
            return OWN;
        }

        public void reset() {
        }

        public void update(byte[] in, short at, short n) {
        }

        public short doFinal(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }

        public short doIntermediateMessageDigest(byte[] out, short to) {
            return 0;
        }
    }

    private static final class Initialized extends InitializedMessageDigest {
        public byte getAlgorithm() {
            return OWN;
        }

        public byte getLength() {
            return (byte) (OWN + 1);
        }

        public void reset() {
        }

        public void update(byte[] in, short at, short n) {
        }

        public short doFinal(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }

        public short doIntermediateMessageDigest(byte[] out, short to) {
            return 0;
        }

        public void setInitialDigest(byte[] initial, short at, short n, byte[] digested,
                short from, short length) {
        }
    }

    private static final class Random extends RandomData {
        public void generateData(byte[] out, short at, short n) {
        }

        public void setSeed(byte[] in, short at, short n) {
        }

        public short nextBytes(byte[] out, short at, short n) {
            return n;
        }

        public byte getAlgorithm() {
            return (byte) (OWN + 2);
        }
    }

    private static final class Signer extends Signature {
        public byte getAlgorithm() {
            return OWN;
        }

        public short getLength() {
            return OWN;
        }

        public void init(Key key, byte mode) {
        }

        public void init(Key key, byte mode, byte[] in, short at, short n) {
        }

        public short sign(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }

        public void update(byte[] in, short at, short n) {
        }

        public boolean verify(byte[] in, short at, short n, byte[] signature, short from,
                short length) {
            return false;
        }

        public void setInitialDigest(byte[] initial, short at, short n, byte[] digested,
                short from, short length) {
        }

        public short signPreComputedHash(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }

        public boolean verifyPreComputedHash(byte[] in, short at, short n, byte[] signature,
                short from, short length) {
            return false;
        }

        public byte getMessageDigestAlgorithm() {
            return OWN;
        }

        public byte getCipherAlgorithm() {
            return OWN;
        }

        public byte getPaddingAlgorithm() {
            return (byte) (OWN + 3);
        }
    }

    private static final class Sum extends Checksum {
        public void init(byte[] in, short at, short n) {
        }

        public byte getAlgorithm() {
            return (byte) (OWN + 4);
        }

        public short doFinal(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }

        public void update(byte[] in, short at, short n) {
        }
    }

    private static final class Agreement extends KeyAgreement {
        public void init(PrivateKey key) {
        }

        public void init(PrivateKey key, AlgorithmParameterSpec parameters) {
        }

        public byte getAlgorithm() {
            return (byte) (OWN + 5);
        }

        public short generateSecret(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }
    }

    private static final class Plainest extends Cipher {
        public byte getAlgorithm() {
            return OWN;
        }

        public byte getCipherAlgorithm() {
            return OWN;
        }

        public byte getPaddingAlgorithm() {
            return (byte) (OWN + 9);
        }

        public void init(Key key, byte mode) {
        }

        public void init(Key key, byte mode, byte[] in, short at, short n) {
        }

        public short update(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }

        public short doFinal(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }
    }

    private static final class Enciphering extends AEADCipher {
        public byte getAlgorithm() {
            return OWN;
        }

        public byte getCipherAlgorithm() {
            return (byte) (OWN + 6);
        }

        public byte getPaddingAlgorithm() {
            return OWN;
        }

        public void init(Key key, byte mode) {
        }

        public void init(Key key, byte mode, byte[] in, short at, short n) {
        }

        public void init(Key key, byte mode, byte[] nonce, short at, short n, short added,
                short message, short tag) {
        }

        public void updateAAD(byte[] in, short at, short n) {
        }

        public short update(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }

        public short doFinal(byte[] in, short at, short n, byte[] out, short to) {
            return n;
        }

        public short retrieveTag(byte[] out, short to, short n) {
            return n;
        }

        public boolean verifyTag(byte[] in, short at, short n, short length) {
            return false;
        }
    }

    private static final class Function extends DerivationFunction {
        public void init(AlgorithmParameterSpec parameters) {
        }

        public short getAlgorithm() {
            return (short) (OWN + 7);
        }

        public short nextBytes(byte[] out, short at, short n) {
            return n;
        }

        public short nextBytes(SecretKey key) {
            return 0;
        }

        public short lastBytes(byte[] out, short at, short n) {
            return n;
        }

        public short lastBytes(SecretKey key) {
            return 0;
        }
    }

    private static final class Tag extends BERTag {
        public void init(byte[] in, short at) {
        }
    }

    private static final class Item extends BERTLV {
        public short init(byte[] in, short at, short n) {
            return (short) (OWN + 8);
        }
    }
}
