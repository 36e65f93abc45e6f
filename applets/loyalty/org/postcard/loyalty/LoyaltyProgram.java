package org.postcard.loyalty;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;
import org.postcard.wallet.Loyalty;

/**
 * A loyalty program: points that a wallet grants and the holder redeems.
 *
 * The wallet belongs to somebody else, so what it may do here is one method
 * of a shareable interface, and the program checks who asks: when it hands
 * out the interface, and again at each call.
 */
public final class LoyaltyProgram extends Applet implements Loyalty {
    private static final byte CLA = (byte) 0x80;
    private static final byte INS_REDEEM = (byte) 0x40;
    private static final byte INS_GET_POINTS = (byte) 0x50;

    /** The one service there is; the wallet names it when it asks. */
    private static final byte SERVICE = 1;

    private static final short MAX_POINTS = 30000;

    private static final short SW_TOO_LITTLE = (short) 0x6A85;

    /** The wallet that is trusted if the install parameters name no other. */
    private static final byte[] DEFAULT_WALLET = {
        (byte) 0xF0, 0x50, 0x4F, 0x53, 0x54, 0x01, 0x01
    };

    private static final byte AID_MIN = 5;
    private static final byte AID_MAX = 16;

    private final byte[] wallet;
    private final byte walletLength;
    private short points;

    private LoyaltyProgram(byte[] aid, short offset, byte length) {
        wallet = new byte[length];
        Util.arrayCopyNonAtomic(aid, offset, wallet, (short) 0, length);
        walletLength = length;
    }

    /**
     * Called once, when the card installs the applet. The application's own
     * data, the third part of the parameters, may be the AID of the wallet.
     */
    public static void install(byte[] parameters, short offset, byte length) {
        byte aidLength = parameters[offset];
        short aid = (short) (offset + 1);
        short privileges = (short) (aid + aidLength);
        short data = (short) (privileges + parameters[privileges] + 1);
        byte dataLength = parameters[data];
        LoyaltyProgram program;
        if (dataLength == 0) {
            program = new LoyaltyProgram(DEFAULT_WALLET, (short) 0, (byte) DEFAULT_WALLET.length);
        } else {
            if (dataLength < AID_MIN || dataLength > AID_MAX) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            program = new LoyaltyProgram(parameters, (short) (data + 1), dataLength);
        }
        if (aidLength == 0) {
            program.register();
        } else {
            program.register(parameters, aid, aidLength);
        }
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
            case INS_GET_POINTS:
                Util.setShort(buffer, (short) 0, points);
                apdu.setOutgoingAndSend((short) 0, (short) 2);
                return;
            case INS_REDEEM:
                redeem(apdu, buffer);
                return;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void redeem(APDU apdu, byte[] buffer) {
        if (apdu.setIncomingAndReceive() != 2) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short wanted = Util.getShort(buffer, ISO7816.OFFSET_CDATA);
        if (wanted <= 0) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        if (wanted > points) {
            ISOException.throwIt(SW_TOO_LITTLE);
        }
        points -= wanted;
    }

    /** Called by the card for an applet that asks for the service. */
    public Shareable getShareableInterfaceObject(AID client, byte service) {
        if (service != SERVICE || !isWallet(client)) {
            return null;
        }
        return this;
    }

    /** Called by the wallet, through the firewall. */
    public void grant(short more) {
        if (!isWallet(JCSystem.getPreviousContextAID())) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        if (more <= 0 || more > (short) (MAX_POINTS - points)) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        points += more;
    }

    private boolean isWallet(AID caller) {
        return caller != null && caller.equals(wallet, (short) 0, walletLength);
    }
}
