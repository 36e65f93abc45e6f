package javacard.framework;

/* The checked exception that applets may throw and extend. */
public class UserException extends CardException {
    private static final UserException SHARED = new UserException();

    public UserException() {
        this((short) 0);
    }

    public UserException(short reason) {
        super(reason);
    }

    public static void throwIt(short reason) throws UserException {
        SHARED.setReason(reason);
        throw SHARED;
    }
}
