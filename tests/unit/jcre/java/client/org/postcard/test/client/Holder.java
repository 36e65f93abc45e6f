package org.postcard.test.client;

import javacard.framework.JCSystem;
import org.postcard.test.server.Guard;

/** Objects of the server's that only references of the client's keep. */
class Holder {
    private static byte[] inStatic;

    private byte[] inField;
    private Object[] inArray = new Object[1];
    private Object[] inTransient = JCSystem.makeTransientObjectArray((short) 1,
            JCSystem.CLEAR_ON_RESET);

    void hold(Guard g) {
        Object[] one = new Object[1];
        Object[] other = {one, new byte[300]};

        one[0] = other; /* garbage that holds itself */
        inStatic = g.make();
        inField = g.make();
        inArray[0] = g.make();
        inTransient[0] = g.make();
        g.make();
        JCSystem.requestObjectDeletion();
        Client.expect(g.sum(inStatic) == 6, (byte) 1);
    }

    /* In a later command: they are there, and the server's still. */
    void letGo(Guard g) {
        Client.expect(g.sum(inStatic) == 6 && g.sum(inField) == 6, (byte) 1);
        Client.expect(g.sum(given(inArray, g)) == 6, (byte) 2);
        Client.expect(g.sum(given(inTransient, g)) == 6, (byte) 3);
        inStatic = inField = null;
        inArray[0] = inTransient[0] = null;
        JCSystem.requestObjectDeletion();
    }

    /* A cast would be an access; the server casts. */
    private byte[] given(Object[] from, Guard g) {
        return g.bytesOf(from[0]);
    }
}
