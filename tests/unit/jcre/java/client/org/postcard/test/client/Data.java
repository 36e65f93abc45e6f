package org.postcard.test.client;

import java.io.IOException;
import javacard.framework.*;
import org.postcard.test.library.Own;
import org.postcard.test.server.Guard;

/** Static resources of the package, and of a library that it calls. */
class Data {
    private static final short TEXT = 7;
    private static final short EMPTY = 8;

    private Resources kept = Resources.getResources();
    private Object any;

    void run(Guard g) {
        try {
            found(g);
        } catch (IOException e) {
            Client.expect(false, (byte) 1);
        }
        for (byte i = 1; i <= 7; i++)
            Client.expect(refused(i), (byte) (16 + i));
    }

    private void found(Guard g) throws IOException {
        Resources r = Resources.getResources();

        Client.expect(r == kept && r.getSize(TEXT) == 5, (byte) 2);
        byte[] v = r.getView(TEXT);
        Client.expect(v.length == 5 && v[0] == 'h' && v[4] == 'o', (byte) 3);
        Client.expect(JCSystem.isArrayView(v) && JCSystem.getAttributes(v)
                == JCSystem.ATTR_READABLE_VIEW, (byte) 4);
        v = r.getView(TEXT, (short) 1, (short) 3);
        Client.expect(v.length == 3 && v[2] == 'l', (byte) 5);
        Client.expect(r.getSize(EMPTY) == 0 && r.getView(EMPTY).length == 0,
                (byte) 6);
        v = JCSystem.makeByteArrayView(v, (short) 0, (short) 1,
                JCSystem.ATTR_READABLE_VIEW, g);
        Client.expect(g.sum(v) == 'e', (byte) 7);
        /* the library's code sees the library's, and hands out a view */
        Client.expect(Own.resource().length == 3, (byte) 8);
    }

    private boolean refused(byte which) {
        try {
            switch (which) {
            case 1: kept.getSize((short) 1); break;
            case 2: kept.getView((short) 1); break;
            case 3: kept.getView(TEXT, (short) 3, (short) 3); break;
            case 4: kept.getView(TEXT, (short) -1, (short) 1); break;
            case 5: kept.getView(TEXT, (short) 0, (short) -1); break;
            case 6: kept.getView(TEXT)[0] = 1; break;
            default: any = kept.getView(TEXT);
            }
        } catch (IOException e) {
            return which <= 2;
        } catch (ArrayIndexOutOfBoundsException e) {
            return which >= 3 && which <= 5;
        } catch (SecurityException e) {
            return which >= 6;
        }
        return false;
    }
}
