package org.postcard.test.client;

import javacard.framework.*;
import org.postcard.test.server.Answer;
import org.postcard.test.server.Guard;

/**
 * Client calls server calls client: each is told who called it [JCRE 6.2.5].
 * In getShareableInterfaceObject that is the runtime [JCRE 6.2.3, 6.2.5.1]; the
 * reference simulator of 2.2.2 agrees.
 */
class Chain implements Answer {
    private static final byte[] SERVER = {
        (byte) 0xF0, 0, 0, 0, 0x51, 1
    };

    private boolean inside;

    public boolean calledBy(byte[] buffer, short offset, byte length) {
        inside = JCSystem.getAID().equals(buffer, (short) 20, (byte) 6);
        return JCSystem.getPreviousContextAID().equals(buffer, offset, length);
    }

    void run(Guard g, byte[] buffer) {
        Util.arrayCopyNonAtomic(SERVER, (short) 0, buffer, (short) 10,
                (short) 6);
        JCSystem.getAID().getBytes(buffer, (short) 20);
        inside = false;
        Client.expect(g.chain(this, buffer, (short) 10, (byte) 6), (byte) 1);
        Client.expect(inside, (byte) 2);
        Client.expect(g.metByRuntime(), (byte) 3);
        Client.expect(JCSystem.getPreviousContextAID() == null, (byte) 4);
    }
}
