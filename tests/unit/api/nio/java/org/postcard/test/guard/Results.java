package org.postcard.test.guard;

import javacard.framework.*;
import javacard.security.*;
import javacardx.biometry.*;
import javacardx.crypto.*;
import javacardx.framework.math.BigNumber;
import javacardx.security.SensitiveResult;

/** javacardx.security.SensitiveResult and the methods that it is about. */
class Results {
    /** Keeps its validated flag itself. */
    private static class OwnFlag extends OwnerPIN {
        private boolean flag;

        OwnFlag() {
            super((byte) 3, (byte) 4);
        }

        protected boolean getValidatedFlag() {
            Util.arrayFill(new byte[2], (short) 0, (short) 2, (byte) 1);
            return flag;
        }

        protected void setValidatedFlag(boolean is) {
            Util.arrayFill(new byte[2], (short) 0, (short) 2, (byte) 1);
            flag = is;
        }
    }

    static final byte TRUE = 0;
    static final byte FALSE = 1;
    static final byte NEGATIVE = 2;
    static final byte POSITIVE = 3;
    static final byte ZERO = 4;
    static final byte EQUAL = 5;
    static final byte ABOVE = 6;
    static final byte BELOW = 7;

    private static final byte[] right = {1, 2, 3, 4};
    private final Guard applet;
    private final byte[] bytes = new byte[128];

    Results(Guard applet) {
        this.applet = applet;
    }

    /** Leaves a result that is another's. */
    static void share() {
        Util.arrayCompare(right, (short) 0, right, (short) 0, (short) 2);
    }

    // API: javacardx.security.SensitiveResult.assertTrue
    // API: javacardx.security.SensitiveResult.assertFalse
    // API: javacardx.security.SensitiveResult.assertNegative
    // API: javacardx.security.SensitiveResult.assertPositive
    // API: javacardx.security.SensitiveResult.assertZero
    // API: javacardx.security.SensitiveResult.assertEquals
    // API: javacardx.security.SensitiveResult.assertGreaterThan
    // API: javacardx.security.SensitiveResult.assertLessThan
    static boolean holds(byte what, int value) {
        try {
            switch (what) {
            case TRUE: SensitiveResult.assertTrue(); break;
            case FALSE: SensitiveResult.assertFalse(); break;
            case NEGATIVE: SensitiveResult.assertNegative(); break;
            case POSITIVE: SensitiveResult.assertPositive(); break;
            case ZERO: SensitiveResult.assertZero(); break;
            case EQUAL: SensitiveResult.assertEquals((short) value); break;
            case ABOVE:
                SensitiveResult.assertGreaterThan((short) value);
                break;
            default: SensitiveResult.assertLessThan((short) value);
            }
            return true;
        } catch (SecurityException e) {
            return false;
        }
    }

    static boolean refers(Object object) {
        try {
            SensitiveResult.assertEquals(object);
            return true;
        } catch (SecurityException e) {
            return false;
        }
    }

    private static boolean isTrue() {
        return holds(TRUE, 0) && !holds(FALSE, 0);
    }

    private static boolean isFalse() {
        return holds(FALSE, 0) && !holds(TRUE, 0);
    }

    /** As the result of the method before, which was not kept by it. */
    private static boolean is(short value) {
        return holds(EQUAL, value) && !holds(EQUAL, value + 1);
    }

    private static boolean unassigned() {
        for (byte what = TRUE; what <= BELOW; what++) {
            if (holds(what, 0))
                return false;
        }
        return !refers(null);
    }

    void look(byte what, byte[] buffer) {
        switch (what) {
        case 0: rules(); break;
        case 1: framework(); break;
        case 2: pins(); break;
        case 3: security(); break;
        case 4: cipher(); break;
        case 5: others(); break;
        case 6: Guard.expect(unassigned()); break; // after another command
        case 7: foreign(); break;
        default: ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    private short compare(int a, int b) {
        bytes[0] = (byte) a;
        bytes[1] = (byte) b;
        return Util.arrayCompare(bytes, (short) 0, bytes, (short) 1, (short) 1);
    }

    // API: javacardx.security.SensitiveResult.reset
    private void rules() {
        Guard.expect(unassigned());
        compare(1, 2);
        Guard.expect(holds(NEGATIVE, 0) && !holds(POSITIVE, 0)
                && !holds(ZERO, 0) && holds(EQUAL, -1) && !holds(EQUAL, 1));
        Guard.expect(holds(ABOVE, -2) && !holds(ABOVE, -1) && holds(BELOW, 0)
                && !holds(BELOW, -1));
        Guard.expect(!holds(TRUE, 0) && !holds(FALSE, 0) && !refers(null));
        compare(2, 1);
        Guard.expect(!holds(NEGATIVE, 0) && holds(POSITIVE, 0)
                && !holds(ZERO, 0) && holds(ABOVE, -32768)
                && holds(BELOW, 32767));
        compare(3, 3);
        Guard.expect(holds(ZERO, 0) && !holds(POSITIVE, 0)
                && !holds(NEGATIVE, 0) && !holds(FALSE, 0) && !refers(null));
        SensitiveResult.reset();
        Guard.expect(unassigned());
        // ordinary methods change nothing, and neither do assertions
        compare(1, 2);
        Util.getShort(bytes, (short) 0);
        JCSystem.getTransactionDepth();
        Guard.expect(holds(EQUAL, -1) && holds(EQUAL, -1));
        // a method that throws leaves none
        try {
            Util.arrayCompare(bytes, (short) 0, null, (short) 0, (short) 1);
            Guard.expect(false);
        } catch (NullPointerException e) {
            Guard.expect(unassigned());
        }
        compare(1, 2);
        try {
            Util.arrayCopy(bytes, (short) 0, bytes, (short) 120, (short) 9);
            Guard.expect(false);
        } catch (ArrayIndexOutOfBoundsException e) {
            Guard.expect(unassigned());
        }
    }

    private void framework() {
        AID own = JCSystem.getAID();
        Guard.expect(refers(own) && !refers(null) && !refers(bytes)
                && !holds(TRUE, 0) && !holds(ABOVE, -32768));
        AID none = JCSystem.getPreviousContextAID();
        Guard.expect(none == null && refers(null) && !refers(own));
        byte n = own.getBytes(bytes, (short) 0);
        Guard.expect(JCSystem.lookupAID(bytes, (short) 0, n) == own
                && refers(own));
        Guard.expect(own.equals(bytes, (short) 0, n) && isTrue());
        Guard.expect(!own.equals(bytes, (short) 1, (byte) (n - 1))
                && isFalse());
        Guard.expect(own.partialEquals(bytes, (short) 0, (byte) 5) && isTrue());
        Guard.expect(own.RIDEquals(own) && isTrue());
        Guard.expect(!own.RIDEquals(null) && isFalse());
        Guard.expect(own.equals((Object) own) && isTrue());
        Guard.expect(!own.equals((Object) null) && isFalse());
        // other classes' equals() is no sensitive method
        Guard.expect(bytes.equals(bytes) && isFalse());
        Guard.expect(Util.arrayCopy(bytes, (short) 0, bytes, (short) 8,
                (short) 4) == 12 && is((short) 12));
        Guard.expect(Util.arrayCopyNonAtomic(bytes, (short) 0, bytes,
                (short) 8, (short) 5) == 13 && is((short) 13));
        Guard.expect(Util.arrayFill(bytes, (short) 1, (short) 6, (byte) 9) == 7
                && is((short) 7));
        Guard.expect(Util.arrayFillNonAtomic(bytes, (short) 1, (short) 7,
                (byte) 9) == 8 && is((short) 8));
    }

    // API: javacard.framework.OwnerPIN.getValidatedFlag
    private void pins() {
        OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 4);
        pin.update(right, (short) 0, (byte) 4);
        Guard.expect(!pin.check(right, (short) 1, (byte) 3) && isFalse());
        Guard.expect(pin.getTriesRemaining() == 2 && is((short) 2));
        Guard.expect(!pin.isValidated() && isFalse());
        Guard.expect(pin.check(right, (short) 0, (byte) 4) && isTrue());
        Guard.expect(pin.isValidated() && isTrue());
        PIN face = pin;
        Guard.expect(face.check(right, (short) 0, (byte) 4) && isTrue());
        try {
            pin.check(right, (short) 2, (byte) 4);
            Guard.expect(false);
        } catch (ArrayIndexOutOfBoundsException e) {
            Guard.expect(unassigned());
        }
        OwnFlag own = new OwnFlag();
        own.update(right, (short) 0, (byte) 4);
        Guard.expect(!own.check(right, (short) 0, (byte) 3) && isFalse());
        Guard.expect(own.check(right, (short) 0, (byte) 4) && isTrue());
        Guard.expect(own.isValidated() && isTrue());
        OwnerPINxWithPredecrement x =
                (OwnerPINxWithPredecrement) OwnerPINBuilder.buildOwnerPIN(
                        (byte) 3, (byte) 4,
                        OwnerPINBuilder.OWNER_PIN_X_WITH_PREDECREMENT);
        x.update(right, (short) 0, (byte) 4);
        Guard.expect(x.getTryLimit() == 3 && is((short) 3));
        Guard.expect(x.decrementTriesRemaining() == 2 && is((short) 2));
        Guard.expect(x.check(right, (short) 0, (byte) 4) && isTrue());
        OwnerBioTemplate bio = BioBuilder.buildBioTemplate(
                BioBuilder.PASSWORD, (byte) 3);
        bio.init(right, (short) 0, (short) 4);
        bio.doFinal();
        Guard.expect(bio.getTriesRemaining() == 3 && is((short) 3));
        short score = bio.initMatch(right, (short) 0, (short) 4);
        Guard.expect(is(score));
        if (score == BioTemplate.MATCH_NEEDS_MORE_DATA) {
            score = bio.match(right, (short) 0, (short) 0);
            Guard.expect(is(score));
        } else {
            Guard.expect(score > 0);
        }
        Guard.expect(bio.isValidated() && isTrue());
    }

    private void security() {
        RandomData random = RandomData.getInstance(
                RandomData.ALG_SECURE_RANDOM);
        Guard.expect(random.getAlgorithm() == RandomData.ALG_SECURE_RANDOM
                && is(RandomData.ALG_SECURE_RANDOM));
        Guard.expect(random.nextBytes(bytes, (short) 0, (short) 16) == 16
                && is((short) 16));
        MessageDigest digest = MessageDigest.getInstance(
                MessageDigest.ALG_SHA_256, false);
        Guard.expect(digest.doFinal(bytes, (short) 0, (short) 16, bytes,
                (short) 32) == 32 && is((short) 32));
        MessageDigest.OneShot once = MessageDigest.OneShot.open(
                MessageDigest.ALG_SHA);
        Guard.expect(once.doFinal(bytes, (short) 0, (short) 16, bytes,
                (short) 32) == 20 && is((short) 20));
        once.close();
        Checksum crc = Checksum.getInstance(Checksum.ALG_ISO3309_CRC16, false);
        Guard.expect(crc.doFinal(bytes, (short) 0, (short) 16, bytes,
                (short) 32) == 2 && is((short) 2));
        AESKey key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES,
                KeyBuilder.LENGTH_AES_128, false);
        key.setKey(bytes, (short) 0);
        Signature mac = Signature.getInstance(Signature.ALG_AES_MAC_128_NOPAD,
                false);
        mac.init(key, Signature.MODE_SIGN);
        Guard.expect(mac.sign(bytes, (short) 0, (short) 16, bytes, (short) 32)
                == 16 && is((short) 16));
        mac.init(key, Signature.MODE_VERIFY);
        Guard.expect(mac.verify(bytes, (short) 0, (short) 16, bytes,
                (short) 32, (short) 16) && isTrue());
        bytes[40] ^= 1;
        Guard.expect(!mac.verify(bytes, (short) 0, (short) 16, bytes,
                (short) 32, (short) 16) && isFalse());
        try {
            mac.sign(bytes, (short) 0, (short) 16, bytes, (short) 32);
            Guard.expect(false);
        } catch (CryptoException e) {
            Guard.expect(unassigned());
        }
    }

    private void cipher() {
        AESKey key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES,
                KeyBuilder.LENGTH_AES_128, false);
        key.setKey(bytes, (short) 0);
        Cipher cipher = Cipher.getInstance(Cipher.ALG_AES_BLOCK_128_CBC_NOPAD,
                false);
        cipher.init(key, Cipher.MODE_ENCRYPT);
        Guard.expect(cipher.update(bytes, (short) 0, (short) 16, bytes,
                (short) 32) == 16 && is((short) 16));
        Guard.expect(cipher.doFinal(bytes, (short) 0, (short) 32, bytes,
                (short) 64) == 32 && is((short) 32));
        AEADCipher gcm = (AEADCipher) Cipher.getInstance(
                AEADCipher.ALG_AES_GCM, false);
        gcm.init(key, Cipher.MODE_ENCRYPT, bytes, (short) 0, (short) 12);
        Guard.expect(gcm.doFinal(bytes, (short) 0, (short) 16, bytes,
                (short) 32) == 16 && is((short) 16));
        Guard.expect(gcm.retrieveTag(bytes, (short) 64, (short) 16) == 16
                && is((short) 16));
        gcm.init(key, Cipher.MODE_DECRYPT, bytes, (short) 0, (short) 12);
        gcm.doFinal(bytes, (short) 32, (short) 16, bytes, (short) 96);
        Guard.expect(gcm.verifyTag(bytes, (short) 64, (short) 16, (short) 16)
                && isTrue());
    }

    private void others() {
        BigNumber big = new BigNumber((short) 4);
        bytes[0] = 5;
        big.init(bytes, (short) 0, (short) 1, BigNumber.FORMAT_HEX);
        Guard.expect(big.compareTo(big) == 0 && is((short) 0));
        bytes[0] = 6;
        byte order = big.compareTo(bytes, (short) 0, (short) 1,
                BigNumber.FORMAT_HEX);
        Guard.expect(order < 0 && is(order));
        Guard.expect(SensitiveArrays.isIntegritySensitiveArraysSupported()
                && isTrue());
        Guard.expect(!SensitiveArrays.isIntegritySensitive(bytes)
                && isFalse());
        Object array = SensitiveArrays.makeIntegritySensitiveArray(
                JCSystem.ARRAY_TYPE_BYTE, JCSystem.MEMORY_TYPE_TRANSIENT_RESET,
                (short) 5);
        Guard.expect(SensitiveArrays.clearArray(array) == 5 && is((short) 5));
    }

    /** What an entry point leaves is gone when the object comes back. */
    private void foreign() {
        compare(1, 2);
        Shareable object = JCSystem.getAppletShareableInterfaceObject(
                JCSystem.getAID(), (byte) 1);
        Guard.expect(object == applet && refers(object));
        Guard.expect(JCSystem.getAppletShareableInterfaceObject(
                JCSystem.getAID(), (byte) 0) == null && refers(null));
        Guard.expect(JCSystem.getAppletShareableInterfaceObject(
                null, (byte) 0) == null && refers(null));
    }
}
