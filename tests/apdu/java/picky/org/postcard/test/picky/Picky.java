package org.postcard.test.picky;

import javacard.framework.*;
import org.postcard.test.roles.Asked;
import org.postcard.test.roles.Host;
import org.postcard.test.roles.Role;

/** On one channel at a time. */
public class Picky extends Applet implements Asked, AppletEvent, Host {
    private Role role;

    private Picky(byte[] array, short offset) {
        role = new Role(this);
        role.begin(array, offset);
    }

    public static void install(byte[] array, short offset, byte length) {
        new Picky(array, offset);
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
