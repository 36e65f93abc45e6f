package javacard.framework;

/* The card's checked exceptions, as far as the corpus sees them. */
public class CardException extends Exception {
    private static final CardException SHARED = new CardException((short) 0);
    private short reason;

    public CardException(short reason) {
        this.reason = reason;
    }

    public short getReason() {
        return reason;
    }

    public void setReason(short reason) {
        this.reason = reason;
    }

    public static void throwIt(short reason) throws CardException {
        SHARED.setReason(reason);
        throw SHARED;
    }
}
