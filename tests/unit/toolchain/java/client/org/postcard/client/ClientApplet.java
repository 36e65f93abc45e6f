package org.postcard.client;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.UserException;
import org.postcard.library.Sized;
import org.postcard.library.Store;
import org.postcard.library.Summing;

/** Uses a package of ours: inherits, overrides, calls, catches. */
public class ClientApplet extends Applet {
    static final class Own extends Summing implements Sized {
        short seen;

        Own() {
            super((short) 8);
        }

        protected short check() {
            seen++;
            used += 0;
            data[0] ^= 1;
            return (short) (super.check() + count + shared);
        }
    }

    private final Store store = new Own();
    private final Sized sized = (Sized) store;

    public static void install(byte[] parameters, short offset, byte length) {
        new ClientApplet().register(parameters, (short) (offset + 1), parameters[offset]);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short r;
        try {
            r = store.put(buffer[2]);
        } catch (UserException e) {
            r = (short) (e.getReason() - Store.LIMIT);
        }
        Store.shared = (byte) r;
        r += (short) (sized.size() + Store.total() + store.used + new Summing().size());
        buffer[0] = (byte) r;
        apdu.setOutgoingAndSend((short) 0, (short) 1);
    }
}
