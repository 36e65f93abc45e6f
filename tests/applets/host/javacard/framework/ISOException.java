package javacard.framework;

/* Ends a command with a status word. */
public class ISOException extends CardRuntimeException {
    public ISOException(short sw) {
        super(sw);
    }

    public static void throwIt(short sw) {
        throw new ISOException(sw);
    }
}
