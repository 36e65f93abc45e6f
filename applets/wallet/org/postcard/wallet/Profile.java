package org.postcard.wallet;

import javacard.framework.AID;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;

/**
 * What personalisation gives a wallet: whose it is, its PIN, its limits, and
 * which loyalty program is told of purchases.
 *
 * Each value arrives as a data group: a two-byte identifier (DGI), a length
 * byte and the value.
 */
final class Profile {
    static final short DGI_OWNER = (short) 0x0101;
    static final short DGI_PIN = (short) 0x0102;
    static final short DGI_LIMITS = (short) 0x0103;
    static final short DGI_LOYALTY = (short) 0x0104;

    static final byte OWNER_MAX = 16;
    static final byte PIN_MIN = 4;
    static final byte PIN_MAX = 8;
    static final byte PIN_TRIES = 3;

    private static final byte AID_MIN = 5;
    private static final byte AID_MAX = 16;
    private static final byte LIMITS_SIZE = 6;

    private static final short DEFAULT_MAX_BALANCE = 10000;
    private static final short DEFAULT_MAX_AMOUNT = 5000;
    private static final short DEFAULT_FREE_AMOUNT = 2000;

    /** The most that the wallet holds. */
    short maxBalance;
    /** The most that one transaction moves. */
    short maxAmount;
    /** Up to this a debit needs no PIN. */
    short freeAmount;
    /** True once a PIN was set. */
    boolean hasPin;

    final OwnerPIN pin;

    private final byte[] owner;
    private byte ownerLength;
    private final byte[] loyalty;
    private byte loyaltyLength;

    Profile() {
        pin = new OwnerPIN(PIN_TRIES, PIN_MAX);
        owner = new byte[OWNER_MAX];
        loyalty = new byte[AID_MAX];
        maxBalance = DEFAULT_MAX_BALANCE;
        maxAmount = DEFAULT_MAX_AMOUNT;
        freeAmount = DEFAULT_FREE_AMOUNT;
    }

    /** Takes data groups until the end of the data. */
    void store(byte[] data, short offset, short end) {
        while (offset < end) {
            if ((short) (end - offset) < 3) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            short dgi = Util.getShort(data, offset);
            short length = (short) (data[(short) (offset + 2)] & 0xFF);
            offset += 3;
            if (length > (short) (end - offset)) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            set(dgi, data, offset, length);
            offset += length;
        }
    }

    private void set(short dgi, byte[] data, short offset, short length) {
        switch (dgi) {
            case DGI_OWNER:
                check(length, (short) 1, OWNER_MAX);
                ownerLength = replace(owner, data, offset, length);
                return;
            case DGI_PIN:
                check(length, PIN_MIN, PIN_MAX);
                pin.update(data, offset, (byte) length);
                hasPin = true;
                return;
            case DGI_LIMITS:
                check(length, LIMITS_SIZE, LIMITS_SIZE);
                setLimits(data, offset);
                return;
            case DGI_LOYALTY:
                if (length == 0) {
                    loyaltyLength = 0;
                    return;
                }
                check(length, AID_MIN, AID_MAX);
                loyaltyLength = replace(loyalty, data, offset, length);
                return;
            default:
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }

    private static void check(short length, short min, short max) {
        if (length < min || length > max) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }

    private static byte replace(byte[] to, byte[] data, short offset, short length) {
        Util.arrayCopy(data, offset, to, (short) 0, length);
        return (byte) length;
    }

    private void setLimits(byte[] data, short offset) {
        short balance = Util.getShort(data, offset);
        short amount = Util.getShort(data, (short) (offset + 2));
        short free = Util.getShort(data, (short) (offset + 4));
        if (balance <= 0 || amount <= 0 || free < 0) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        maxBalance = balance;
        maxAmount = amount;
        freeAmount = free;
    }

    /** Copies the owner's identifier and returns its length. */
    short copyOwner(byte[] to, short offset) {
        Util.arrayCopyNonAtomic(owner, (short) 0, to, offset, ownerLength);
        return ownerLength;
    }

    /** The loyalty program to tell, or null if there is none on this card. */
    Loyalty loyalty() {
        if (loyaltyLength == 0) {
            return null;
        }
        AID aid = JCSystem.lookupAID(loyalty, (short) 0, loyaltyLength);
        if (aid == null) {
            return null;
        }
        return (Loyalty) JCSystem.getAppletShareableInterfaceObject(aid, Wallet.LOYALTY_SERVICE);
    }
}
