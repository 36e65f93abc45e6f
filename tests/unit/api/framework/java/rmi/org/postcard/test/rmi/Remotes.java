package org.postcard.test.rmi;

import javacard.framework.*;
import javacard.framework.service.*;

/** An applet that answers by remote method invocation. */
public class Remotes extends Applet {
    private final Dispatcher dispatcher = new Dispatcher((short) 2);
    private final RMIService rmi = new RMIService(PurseImpl.whole());

    public static void install(byte[] b, short at, byte n) {
        new Remotes().register();
    }

    private Remotes() {
        dispatcher.addService(rmi, Dispatcher.PROCESS_COMMAND);
    }

    public void process(APDU apdu) {
        if (apdu.getBuffer()[ISO7816.OFFSET_INS] == 0x01) {
            rmi.setInvokeInstructionByte((byte) 0x39);
            return;
        }
        dispatcher.process(apdu);
    }
}
