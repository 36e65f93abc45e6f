package javacard.framework;

/* An applet as the host below it sees it. */
public abstract class Applet {
    protected Applet() {
    }

    public abstract void process(APDU apdu);

    public boolean select() {
        return true;
    }

    public void deselect() {
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return null;
    }

    protected final void register() {
        JCSystem.registered(this);
    }

    protected final boolean selectingApplet() {
        return false;
    }
}
