package javacard.framework;

/* What JCSystem and Applet throw. */
public class SystemException extends CardRuntimeException {
    public static final short ILLEGAL_VALUE = 1;

    public SystemException(short reason) {
        super(reason);
    }

    public static void throwIt(short reason) {
        throw new SystemException(reason);
    }
}
