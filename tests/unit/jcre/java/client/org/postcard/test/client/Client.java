package org.postcard.test.client;

import javacard.framework.*;
import org.postcard.test.server.Counter;

/** Uses the server across the firewall. */
public class Client extends Applet {
    private static final byte[] SERVER = {
        (byte) 0xF0, 0, 0, 0, 0x51, 1
    };

    private short value;
    private byte[] own = {1, 2, 3};

    public static void install(byte[] array, short offset, byte length) {
        new Client().register(array, (short) (offset + 1), array[offset]);
    }

    private static void expect(boolean truth, byte place) {
        if (!truth)
            ISOException.throwIt((short) (0x6F00 | (place & 0x7F)));
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
        try {
            c.fail();
            expect(false, (byte) 3);
        } catch (RuntimeException e) {
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
}
