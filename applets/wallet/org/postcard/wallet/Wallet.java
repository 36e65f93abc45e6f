package org.postcard.wallet;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import org.globalplatform.Application;

/**
 * A stored-value wallet: money is put on the card and spent from it.
 *
 * Amounts are whole units of the smallest coin in two bytes. The commands are
 * described in applets/README.md.
 */
public final class Wallet extends Applet implements Application {
    /** Names the service that the wallet asks a loyalty program for. */
    static final byte LOYALTY_SERVICE = 1;

    private static final byte CLA = (byte) 0x80;
    private static final byte INS_VERIFY = (byte) 0x20;
    private static final byte INS_CREDIT = (byte) 0x30;
    private static final byte INS_DEBIT = (byte) 0x40;
    private static final byte INS_GET_BALANCE = (byte) 0x50;
    private static final byte INS_GET_LOG = (byte) 0x52;
    private static final byte INS_GET_OWNER = (byte) 0x54;

    private static final byte KIND_CREDIT = 1;
    private static final byte KIND_DEBIT = 2;

    private static final short SW_MAX_BALANCE = (short) 0x6A84;
    private static final short SW_TOO_LITTLE = (short) 0x6A85;
    private static final short SW_PIN_TRIES = (short) 0x63C0;

    /** STORE DATA comes with its header: CLA INS P1 P2 Lc. */
    private static final byte HEADER_SIZE = 5;
    private static final byte INS_STORE_DATA = (byte) 0xE2;

    private final Profile profile;
    private final Log log;
    private short balance;

    private Wallet() {
        profile = new Profile();
        log = new Log();
    }

    /**
     * Called once, when the card installs the applet. The parameters hold,
     * each with a length byte before it, the instance's AID, the privileges
     * and the application's own data.
     */
    public static void install(byte[] parameters, short offset, byte length) {
        byte aidLength = parameters[offset];
        Wallet wallet = new Wallet();
        if (aidLength == 0) {
            wallet.register();
        } else {
            wallet.register(parameters, (short) (offset + 1), aidLength);
        }
    }

    /** The PIN counts for one session: it is asked for again next time. */
    public void deselect() {
        profile.pin.reset();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet()) {
            return;
        }
        if (buffer[ISO7816.OFFSET_CLA] != CLA) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_VERIFY:
                verify(apdu, buffer);
                return;
            case INS_CREDIT:
                credit(amount(apdu, buffer));
                return;
            case INS_DEBIT:
                debit(amount(apdu, buffer));
                return;
            case INS_GET_BALANCE:
                Util.setShort(buffer, (short) 0, balance);
                apdu.setOutgoingAndSend((short) 0, (short) 2);
                return;
            case INS_GET_LOG:
                sendLog(apdu, buffer);
                return;
            case INS_GET_OWNER:
                apdu.setOutgoingAndSend((short) 0, profile.copyOwner(buffer, (short) 0));
                return;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void verify(APDU apdu, byte[] buffer) {
        short length = receive(apdu, buffer);
        if (!profile.hasPin) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        if (length < Profile.PIN_MIN || length > Profile.PIN_MAX) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        if (profile.pin.check(buffer, ISO7816.OFFSET_CDATA, (byte) length)) {
            return;
        }
        byte tries = profile.pin.getTriesRemaining();
        if (tries == 0) {
            ISOException.throwIt(ISO7816.SW_FILE_INVALID);
        }
        ISOException.throwIt((short) (SW_PIN_TRIES | tries));
    }

    /** Receives all of the data that Lc announces. */
    private static short receive(APDU apdu, byte[] buffer) {
        short expected = (short) (buffer[ISO7816.OFFSET_LC] & 0xFF);
        short length = apdu.setIncomingAndReceive();
        if (length != expected) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        return length;
    }

    /** The two-byte amount of a command: from 1 to the transaction limit. */
    private short amount(APDU apdu, byte[] buffer) {
        if (receive(apdu, buffer) != 2) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short amount = Util.getShort(buffer, ISO7816.OFFSET_CDATA);
        if (amount <= 0 || amount > profile.maxAmount) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        return amount;
    }

    private void requirePin() {
        if (profile.hasPin && !profile.pin.isValidated()) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
    }

    private void credit(short amount) {
        requirePin();
        // Not balance + amount: the sum may be more than a short holds.
        if (amount > (short) (profile.maxBalance - balance)) {
            ISOException.throwIt(SW_MAX_BALANCE);
        }
        book(KIND_CREDIT, amount, (short) (balance + amount));
    }

    private void debit(short amount) {
        if (amount > profile.freeAmount) {
            requirePin();
        }
        if (amount > balance) {
            ISOException.throwIt(SW_TOO_LITTLE);
        }
        book(KIND_DEBIT, amount, (short) (balance - amount));
        reward(amount);
    }

    /** Balance and log change together, also if the power fails here. */
    private void book(byte kind, short amount, short newBalance) {
        JCSystem.beginTransaction();
        balance = newBalance;
        log.add(kind, amount, newBalance);
        JCSystem.commitTransaction();
    }

    /** One point for every whole ten units. The purchase stands without it. */
    private void reward(short amount) {
        Loyalty loyalty = profile.loyalty();
        short points = (short) (amount / 10);
        if (loyalty == null || points == 0) {
            return;
        }
        try {
            loyalty.grant(points);
        } catch (ISOException e) {
            // The program refused, for example because its counter is full.
            return;
        }
    }

    private void sendLog(APDU apdu, byte[] buffer) {
        byte age = buffer[ISO7816.OFFSET_P1];
        if (age < 0 || age >= log.count()) {
            ISOException.throwIt(ISO7816.SW_RECORD_NOT_FOUND);
        }
        log.copy(age, buffer, (short) 0);
        apdu.setOutgoingAndSend((short) 0, Log.ENTRY_SIZE);
    }

    /**
     * Personalisation: the card hands over each STORE DATA command, unwrapped,
     * with its header. It only does so for the domain that the wallet belongs
     * to, within its secure channel.
     */
    public void processData(byte[] data, short offset, short length) {
        if (length < HEADER_SIZE || data[(short) (offset + 1)] != INS_STORE_DATA) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        short end = (short) (offset + length);
        profile.store(data, (short) (offset + HEADER_SIZE), end);
    }
}
