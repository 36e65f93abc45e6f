package org.postcard.test.service;

import javacard.framework.*;
import javacard.framework.service.*;

/** An applet that is a dispatcher and its services. */
public class Services extends Applet {
    static final byte[] log = new byte[16];
    static byte logged;

    private final Dispatcher dispatcher = new Dispatcher((short) 6);
    private final Dispatcher small = new Dispatcher((short) 1);
    private final Marked marked = new Marked();
    private final Quiet quiet = new Quiet();
    private final Plain plain = new Plain();

    private Services() {
        dispatcher.addService(quiet, Dispatcher.PROCESS_COMMAND);
        dispatcher.addService(marked, Dispatcher.PROCESS_INPUT_DATA);
        dispatcher.addService(plain, Dispatcher.PROCESS_INPUT_DATA);
        dispatcher.addService(marked, Dispatcher.PROCESS_COMMAND);
        dispatcher.addService(marked, Dispatcher.PROCESS_OUTPUT_DATA);
        dispatcher.addService(plain, Dispatcher.PROCESS_NONE);
    }

    public static void install(byte[] b, short at, byte n) {
        new Services().register();
    }

    static void expect(boolean is, short number) {
        if (!is)
            ISOException.throwIt((short) (0x6500 + number));
    }

    static void note(byte what) {
        log[logged++] = what;
    }

    public void process(APDU apdu) {
        byte ins = apdu.getBuffer()[ISO7816.OFFSET_INS];
        if (selectingApplet() && ins == ISO7816.INS_SELECT) {
            expect(quiet.selectingApplet(), (short) 1);
            return;
        }
        logged = 0;
        switch (ins) {
        case 1: registry(); break;
        case 2: helpers(apdu); break;
        case 3: partly(apdu); break;
        case 4: removed(); break;
        case 5: readLog(apdu); break;
        default: dispatcher.process(apdu);
        }
    }

    private byte registers(byte which) {
        try {
            switch (which) {
            case 1: new Dispatcher((short) -1); break;
            case 2: small.addService(null, (byte) 1); break;
            case 3: small.addService(quiet, (byte) 4); break;
            case 4: small.addService(quiet, (byte) -1); break;
            case 5: small.removeService(null, (byte) 1); break;
            case 6: small.removeService(quiet, (byte) 4); break;
            case 7: small.addService(quiet, (byte) 1);
                    small.addService(quiet, (byte) 1); break;
            case 8: small.addService(quiet, (byte) 2); break;
            case 9: small.removeService(quiet, (byte) 3); break;
            case 10: small.dispatch(null, (byte) 0); break;
            case 11: small.dispatch(null, (byte) 4); break;
            case 12: small.dispatch(null, (byte) 1); break;
            default: small.removeService(quiet, (byte) 1);
                     small.addService(marked, (byte) 1);
                     small.removeService(marked, (byte) 1);
            }
        } catch (ServiceException e) {
            return (byte) e.getReason();
        } catch (NullPointerException e) {
            return -1;
        }
        return 0;
    }

    private static final byte[] REASONS =
            {0, 1, 1, 1, 1, 1, 1, 0, 2, 0, 1, 1, -1, 0};

    // API: javacard.framework.service.Dispatcher.<init>
    // API: javacard.framework.service.Dispatcher.addService
    // API: javacard.framework.service.Dispatcher.removeService
    private void registry() {
        for (byte i = 1; i < REASONS.length; i++)
            expect(registers(i) == REASONS[i], i);
    }

    private byte helped(byte which, APDU apdu) {
        try {
            switch (which) {
            case 1: quiet.getOutputLength(apdu); break;
            case 2: quiet.getStatusWord(apdu); break;
            case 3: quiet.setOutputLength(apdu, (short) -1); break;
            case 4: quiet.setOutputLength(apdu, (short) 256); break;
            case 5: quiet.receiveInData(apdu); break;
            case 6: quiet.getP1(apdu); break;
            case 7: quiet.getP2(apdu); break;
            case 8: quiet.getCLA(null); break;
            default: return 0;
            }
        } catch (ServiceException e) {
            return (byte) e.getReason();
        } catch (NullPointerException e) {
            return -1;
        }
        return 0;
    }

    private void helpersFail(byte[] reasons, APDU apdu, short number) {
        for (byte i = 0; i < reasons.length; i++)
            expect(helped((byte) (i + 1), apdu) == reasons[i],
                    (short) (number + i));
    }

    private static final byte[] BEFORE = {5, 5, 1, 1, 0, 0, 0, -1};
    private static final byte[] AFTER = {0, 0, 1, 1, 4, 4, 4, -1};

    // API: javacard.framework.service.BasicService.processDataIn
    // API: javacard.framework.service.BasicService.processCommand
    // API: javacard.framework.service.BasicService.processDataOut
    // API: javacard.framework.service.BasicService.receiveInData
    // API: javacard.framework.service.BasicService.setProcessed
    // API: javacard.framework.service.BasicService.isProcessed
    // API: javacard.framework.service.BasicService.setOutputLength
    // API: javacard.framework.service.BasicService.getOutputLength
    // API: javacard.framework.service.BasicService.setStatusWord
    // API: javacard.framework.service.BasicService.getStatusWord
    // API: javacard.framework.service.BasicService.fail
    // API: javacard.framework.service.BasicService.succeed
    // API: javacard.framework.service.BasicService.succeedWithStatusWord
    // API: javacard.framework.service.BasicService.getCLA
    // API: javacard.framework.service.BasicService.getINS
    // API: javacard.framework.service.BasicService.getP1
    // API: javacard.framework.service.BasicService.getP2
    // API: javacard.framework.service.BasicService.selectingApplet
    private void helpers(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        expect(quiet.getCLA(apdu) == (byte) 0x80 && quiet.getINS(apdu) == 2
                && quiet.getP1(apdu) == 3 && quiet.getP2(apdu) == 4, (short) 1);
        expect(!quiet.processDataIn(apdu) && !quiet.processDataOut(apdu)
                && !((Service) plain).processDataOut(apdu), (short) 2);
        expect(!quiet.isProcessed(apdu) && !quiet.selectingApplet(), (short) 3);
        expect(quiet.receiveInData(apdu) == 2
                && quiet.receiveInData(apdu) == 2 && buffer[5] == 0x55
                && buffer[6] == 0x66, (short) 4);
        helpersFail(BEFORE, apdu, (short) 0x10);
        expect(quiet.fail(apdu, (short) 0x6789) && quiet.isProcessed(apdu)
                && quiet.getOutputLength(apdu) == 0
                && quiet.getStatusWord(apdu) == 0x6789, (short) 5);
        expect(quiet.getCLA(apdu) == (byte) 0x80 && quiet.getINS(apdu) == 2,
                (short) 6);
        helpersFail(AFTER, apdu, (short) 0x20);
        quiet.setOutputLength(apdu, (short) 255);
        expect(quiet.getOutputLength(apdu) == 255 && quiet.succeed(apdu)
                && quiet.getStatusWord(apdu) == (short) 0x9000
                && quiet.getOutputLength(apdu) == 255, (short) 7);
        expect(quiet.succeedWithStatusWord(apdu, (short) 0x6310)
                && quiet.getStatusWord(apdu) == 0x6310, (short) 8);
        quiet.setStatusWord(apdu, (short) 0x1234);
        expect(buffer[2] == 0x12 && buffer[3] == 0x34, (short) 9);
        // an interface of the API's class leads to the heir's method
        Service face = quiet;
        expect(!face.processCommand(apdu) && logged == 1 && log[0] == 2,
                (short) 11);
        // what overrides setProcessed() is asked
        expect(!marked.told && marked.succeed(apdu) && marked.told, (short) 10);
        marked.told = false;
    }

    /** dispatch() from the last phase on; nothing has been processed. */
    private void partly(APDU apdu) {
        expect(dispatcher.dispatch(apdu, Dispatcher.PROCESS_OUTPUT_DATA) == null
                && logged == 0, (short) 1);
        apdu.getBuffer()[ISO7816.OFFSET_INS] = 0x21; // which throws
        Exception e = dispatcher.dispatch(apdu, Dispatcher.PROCESS_COMMAND);
        expect(e instanceof ISOException
                && ((ISOException) e).getReason() == 0x6FED, (short) 2);
        expect(logged == 2 && log[0] == 0x02 && log[1] == 0x12, (short) 3);
    }

    private void removed() {
        dispatcher.removeService(quiet, Dispatcher.PROCESS_COMMAND);
        dispatcher.removeService(plain, Dispatcher.PROCESS_INPUT_DATA);
        JCSystem.beginTransaction();
        dispatcher.removeService(marked, Dispatcher.PROCESS_COMMAND);
        JCSystem.abortTransaction();
        dispatcher.addService(quiet, Dispatcher.PROCESS_OUTPUT_DATA);
    }

    private void readLog(APDU apdu) {
        short n = (short) apdu.getBuffer()[ISO7816.OFFSET_P1];
        Util.arrayCopy(log, (short) 0, apdu.getBuffer(), (short) 0, n);
        apdu.setOutgoingAndSend((short) 0, n);
    }
}
