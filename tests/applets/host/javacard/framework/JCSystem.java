package javacard.framework;

import java.util.HashMap;
import java.util.Map;

/* Arrays that a card clears, and the applets of the host. */
public final class JCSystem {
    public static final byte CLEAR_ON_RESET = 1;
    public static final byte CLEAR_ON_DESELECT = 2;

    private static final Map<AID, Applet> APPLETS = new HashMap<>();
    private static Applet last;

    private JCSystem() {
    }

    static void registered(Applet applet) {
        last = applet;
    }

    /* Names the applet that registered last. */
    static Applet name(AID aid) {
        APPLETS.put(aid, last);
        return last;
    }

    static Applet find(AID aid) {
        return APPLETS.get(aid);
    }

    public static byte[] makeTransientByteArray(short length, byte event) {
        return new byte[length];
    }

    public static short[] makeTransientShortArray(short length, byte event) {
        return new short[length];
    }

    public static boolean[] makeTransientBooleanArray(short length,
                                                      byte event) {
        return new boolean[length];
    }

    public static Object[] makeTransientObjectArray(short length, byte event) {
        return new Object[length];
    }

    public static AID lookupAID(byte[] buffer, short offset, byte length) {
        AID aid = new AID(buffer, offset, length);
        return APPLETS.containsKey(aid) ? aid : null;
    }

    public static Shareable getAppletShareableInterfaceObject(AID server,
                                                              byte parameter) {
        Applet applet = APPLETS.get(server);
        return applet == null ? null
            : applet.getShareableInterfaceObject(null, parameter);
    }

    public static boolean isObjectDeletionSupported() {
        return true;
    }

    public static void requestObjectDeletion() {
    }
}
