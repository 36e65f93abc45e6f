package org.postcard.test.client;

import javacard.framework.*;
import org.postcard.test.library.Own;
import org.postcard.test.server.Counter;
import org.postcard.test.server.Guard;

/** Uses the server across the firewall. */
public class Client extends Applet {
    private static final byte[] SERVER = {
        (byte) 0xF0, 0, 0, 0, 0x51, 1
    };

    private static final byte[] SILENT = {
        (byte) 0xF0, 0, 0, 0, 0x52, 2
    };

    private short value;
    private byte[] own = {1, 2, 3};
    private boolean aloneAtInstall;
    private boolean aloneAtSelect;
    private Views views = new Views();
    private Firewall firewall = new Firewall();
    private Chain chain = new Chain();
    private Data data = new Data();
    private Holder holder = new Holder();

    /* The runtime calls, and there is no applet yet to ask for others. */
    private Client() {
        aloneAtInstall = JCSystem.getPreviousContextAID() == null
                && JCSystem.getAID() == null
                && JCSystem.lookupAID(SERVER, (short) 0, (byte) 6) != null
                && guard() == null;
    }

    public static void install(byte[] array, short offset, byte length) {
        new Client().register(array, (short) (offset + 1), array[offset]);
    }

    public boolean select() {
        aloneAtSelect = JCSystem.getPreviousContextAID() == null;
        return true;
    }

    /** The server asks this of who calls it. */
    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return chain;
    }

    static void expect(boolean truth, byte place) {
        if (!truth)
            ISOException.throwIt((short) (0x6F00 | (place & 0x7F)));
    }

    private static Guard guardOf(byte[] name) {
        return (Guard) JCSystem.getAppletShareableInterfaceObject(
                JCSystem.lookupAID(name, (short) 0, (byte) 6), (byte) 2);
    }

    private Guard guard() {
        return guardOf(SERVER);
    }

    private Counter counter() {
        AID server = JCSystem.lookupAID(SERVER, (short) 0, (byte) 6);

        expect(server != null, (byte) 100);
        Counter c = (Counter) JCSystem.getAppletShareableInterfaceObject(
                server, (byte) 1);
        expect(c != null, (byte) 101);
        return c;
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet())
            return;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 1: share(buffer); return;
        case 2: firewall(buffer); return;
        case 3: commitElsewhere(); return;
        case 4: views.run(guard()); return;
        case 5: firewall.objects(guard()); return;
        case 6: firewall.arrays(guard()); return;
        case 7: firewall.stores(apdu); return;
        case 8: chain.run(guard(), buffer); return;
        case 9: abortElsewhere(); return;
        case 11: data.run(guard()); return;
        case 14:
            buffer[0] = (byte) (guardOf(SILENT) == null ? 1 : 0);
            buffer[1] = (byte) (guardOf(SERVER) == null ? 1 : 0);
            apdu.setOutgoingAndSend((short) 0, (short) 2);
            return;
        case 12: holder.hold(guard()); return;
        case 13: holder.letGo(guard()); return;
        case 10:
            expect(aloneAtInstall, (byte) 1);
            expect(aloneAtSelect, (byte) 2);
            expect(JCSystem.getPreviousContextAID() == null, (byte) 3);
            return;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void share(byte[] buffer) {
        Counter c = counter();
        short before = c.add((short) 0);
        byte n = JCSystem.getAID().getBytes(buffer, (short) 10);

        expect(c.add((short) 3) == (short) (before + 3), (byte) 1);
        expect(c.calledBy(buffer, (short) 10, n), (byte) 2);
        buffer[10]++;
        expect(!c.calledBy(buffer, (short) 10, n), (byte) 3);
    }

    private void firewall(byte[] buffer) {
        Counter c = counter();

        try {
            c.calledBy(own, (short) 0, (byte) 3);
            expect(false, (byte) 1);
        } catch (SecurityException e) {
        }
        try {
            c.touch();
            expect(false, (byte) 2);
        } catch (SecurityException e) {
        }
        /*
         * The server's own exception is caught by its class, as the reference
         * simulator of 2.2.2 does; it stays closed.
         */
        try {
            c.look();
            expect(false, (byte) 9);
        } catch (SecurityException e) {
        }
        try {
            c.fail();
            expect(false, (byte) 3);
        } catch (Own e) {
            try {
                expect(e.value == 0, (byte) 6);
                expect(false, (byte) 7);
            } catch (SecurityException f) {
            }
            try {
                throw e;
            } catch (SecurityException f) {
            } catch (Own f) {
                expect(false, (byte) 8);
            }
        }
        try {
            expect(!c.equals(own), (byte) 4);
            expect(false, (byte) 5);
        } catch (SecurityException e) {
        }
    }

    private void commitElsewhere() {
        value = 1;
        JCSystem.beginTransaction();
        value = 2;
        counter().commit();
        expect(JCSystem.getTransactionDepth() == 0, (byte) 1);
        expect(value == 2, (byte) 2);
    }

    /* What is born in it is null everywhere, in the server's fields too. */
    private void abortElsewhere() {
        Guard g = guard();
        byte[] born;

        JCSystem.beginTransaction();
        born = new byte[2];
        g.keep(born);
        expect(!g.keepsNothing(), (byte) 1);
        g.abort();
        expect(JCSystem.getTransactionDepth() == 0, (byte) 2);
        expect(g.keepsNothing() && born == null, (byte) 3);
    }
}
