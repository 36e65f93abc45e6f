package org.postcard.test.picky;

import javacard.framework.*;
import org.postcard.test.roles.Asked;
import org.postcard.test.roles.Host;
import org.postcard.test.roles.Role;

/** On one channel at a time. */
public class Picky extends Applet implements Asked, AppletEvent, Host {
    /* CLEAR_ON_RESET; what install() puts there stays if it succeeds. */
    private static Object[] shelf;

    private Role role;

    private Picky(byte[] array, short offset, byte length) {
        if (shelf != null)
            shelf[0] = this;
        role = new Role(this);
        role.begin(array, offset, length);
    }

    public static void install(byte[] array, short offset, byte length) {
        new Picky(array, offset, length);
    }

    public void registerAs(byte[] name, short offset, byte length) {
        register(name, offset, length);
    }

    public void registerPlain() {
        register();
    }

    public boolean isSelecting() {
        return selectingApplet();
    }

    public boolean isReselecting() {
        return reSelectingApplet();
    }

    public boolean select() {
        return role.selected((short) 1);
    }

    public void deselect() {
        role.deselected((short) 2);
    }

    public void uninstall() {
        role.uninstalled();
    }

    /* P1: 0: what is on the shelf; 1, 2: make it, take it away. */
    private void shelf(APDU apdu, byte[] b) {
        switch (b[ISO7816.OFFSET_P1]) {
        case 1: shelf = JCSystem.makeTransientObjectArray((short) 1,
                    JCSystem.CLEAR_ON_RESET); return;
        case 2: shelf = null; return;
        default:
        }
        b[0] = (byte) (shelf == null ? 0 : shelf[0] == null ? 1 : 2);
        apdu.setOutgoingAndSend((short) 0, (short) 1);
    }

    public void process(APDU apdu) {
        byte[] b = apdu.getBuffer();

        if (!selectingApplet() && b[ISO7816.OFFSET_INS] == 0x1B)
            shelf(apdu, b);
        else
            role.process(apdu);
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return role.share(this, client, parameter);
    }

    public void touch() {
        role.touched();
    }
}
