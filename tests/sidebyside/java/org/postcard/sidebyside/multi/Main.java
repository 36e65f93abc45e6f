package org.postcard.sidebyside.multi;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.MultiSelectable;
import javacard.framework.Util;

/*
 * May be active on several channels; tells what was called: 1 select, 2
 * deselect, 3 and 4 the same of MultiSelectable, with 10 if the context stays
 * active.
 */
public class Main extends Applet implements MultiSelectable {
    private static final short SIZE = 48;
    private static final byte[] calls = new byte[SIZE];
    private static short n;
    private static byte refuse;
    private final byte[] deselect = JCSystem.makeTransientByteArray((short) 2,
        JCSystem.CLEAR_ON_DESELECT);

    public static void install(byte[] b, short at, byte length) {
        new Main().register();
    }

    protected static void called(byte what) {
        if (n >= SIZE - 1)
            return;
        calls[n++] = what;
        calls[n++] = JCSystem.getAssignedChannel();
    }

    public boolean select() {
        called((byte) 1);
        return (refuse & 1) == 0;
    }

    public void deselect() {
        called((byte) 2);
    }

    public boolean select(boolean active) {
        called((byte) (active ? 0x13 : 3));
        return (refuse & 2) == 0;
    }

    public void deselect(boolean active) {
        called((byte) (active ? 0x14 : 4));
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet())
            return;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x10:
            Util.arrayCopyNonAtomic(calls, (short) 0, buffer, (short) 0, n);
            short length = n;
            n = 0;
            apdu.setOutgoingAndSend((short) 0, length);
            return;
        case 0x12:
            refuse = buffer[ISO7816.OFFSET_P1];
            return;
        case 0x14:
            deselect[0] = buffer[ISO7816.OFFSET_P1];
            return;
        case 0x16:
            buffer[0] = deselect[0];
            buffer[1] = JCSystem.getAssignedChannel();
            buffer[2] = APDU.getCLAChannel();
            apdu.setOutgoingAndSend((short) 0, (short) 3);
            return;
        default:
            ISOException.throwIt(Util.makeShort((byte) 0x63,
                buffer[ISO7816.OFFSET_CLA]));
        }
    }
}
