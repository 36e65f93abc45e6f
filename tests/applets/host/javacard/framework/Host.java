package javacard.framework;

import java.util.HexFormat;

/*
 * The applets of one card, on a JVM: installs, selects and commands them as
 * the card's own host does.  One class loader a card, so statics start anew.
 */
public final class Host {
    private static final int FAILED = 0x6F00;
    private static Applet selected;

    private Host() {
    }

    public static void install(String aid, Class<?> applet)
        throws ReflectiveOperationException {
        byte[] name = HexFormat.of().parseHex(aid);
        applet.getMethod("install", byte[].class, short.class, byte.class)
            .invoke(null, parameters(name), (short) 0, (byte) name.length);
        JCSystem.name(new AID(name, (short) 0, (byte) name.length));
    }

    /* As INSTALL gives them: the name, no privileges, no data. */
    private static byte[] parameters(byte[] name) {
        byte[] p = new byte[name.length + 3];
        p[0] = (byte) name.length;
        System.arraycopy(name, 0, p, 1, name.length);
        return p;
    }

    public static void select(String aid) {
        byte[] name = HexFormat.of().parseHex(aid);
        selected = JCSystem.find(new AID(name, (short) 0, (byte) name.length));
    }

    /* The answer and the status word, in hexadecimal. */
    public static String command(String hex) {
        APDU apdu = new APDU(HexFormat.of().parseHex(hex));
        int sw = 0x9000;
        try {
            selected.process(apdu);
        } catch (ISOException e) {
            sw = e.getReason() & 0xFFFF;
        } catch (RuntimeException e) {
            sw = FAILED;
        }
        return HexFormat.of().withUpperCase().formatHex(apdu.answer())
            + String.format("%04X", sw);
    }
}
