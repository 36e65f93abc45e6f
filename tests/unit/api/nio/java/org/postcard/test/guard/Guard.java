package org.postcard.test.guard;

import javacard.framework.*;

/**
 * Each instruction looks at one subject and says 65nn when its check nn fails,
 * and nothing when none does; what applets keep is in the instance.
 */
public class Guard extends Applet implements Shareable {
    private final Results results = new Results(this);
    private final Sensitive sensitive = new Sensitive();
    private final Buffers buffers = new Buffers();
    private final Stores stores = new Stores();
    private static short checks;

    public static void install(byte[] b, short at, byte n) {
        new Guard().register();
    }

    static void expect(boolean is) {
        checks++;
        if (!is)
            ISOException.throwIt((short) (0x6500 + checks));
    }

    public Shareable getShareableInterfaceObject(AID client, byte what) {
        Results.share();
        return what == 0 ? null : this;
    }

    public void process(APDU apdu) {
        if (selectingApplet())
            return;
        byte[] buffer = apdu.getBuffer();
        byte p1 = buffer[ISO7816.OFFSET_P1];
        checks = 0;
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 1: results.look(p1, buffer); break;
        case 2: sensitive.look(p1, buffer); break;
        case 3: buffers.look(p1, buffer); break;
        case 4: stores.look(p1, buffer); break;
        default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }
}
