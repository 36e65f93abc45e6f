package org.postcard.test.multi;

import javacard.framework.*;
import org.postcard.test.roles.Asked;
import org.postcard.test.roles.Host;
import org.postcard.test.roles.Role;

/** On any number of channels. */
public class Multi extends Applet implements Asked, AppletEvent, Host,
        MultiSelectable {
    private Role role;

    private Multi(byte[] array, short offset, byte length) {
        role = new Role(this);
        role.begin(array, offset, length);
    }

    public static void install(byte[] array, short offset, byte length) {
        new Multi(array, offset, length);
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

    public boolean select(boolean already) {
        return role.selected((short) (already ? 4 : 3));
    }

    public void deselect(boolean still) {
        role.deselected((short) (still ? 6 : 5));
    }

    public void uninstall() {
        role.uninstalled();
    }

    public void process(APDU apdu) {
        role.process(apdu);
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return role.share(this, client, parameter);
    }

    public void touch() {
        role.touched();
    }
}
