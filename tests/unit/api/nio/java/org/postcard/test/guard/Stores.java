package org.postcard.test.guard;

import javacard.framework.*;
import javacard.framework.service.*;
import javacardx.external.*;

/** javacardx.external, and SecurityService as an applet has it. */
class Stores {
    /** A service that answers what the applet's policy is. */
    private static class Policy extends BasicService
            implements SecurityService {
        public boolean isAuthenticated(short principal) {
            return principal == PRINCIPAL_CARDHOLDER;
        }

        public boolean isChannelSecure(byte properties) {
            return (properties & ~PROPERTY_INPUT_INTEGRITY) == 0;
        }

        public boolean isCommandSecure(byte properties) {
            return properties == PROPERTY_OUTPUT_CONFIDENTIALITY;
        }
    }

    private final MemoryAccess kept = store(0x00010100);
    private final SecurityService service = new Policy();
    private final byte[] bytes = new byte[20];

    void look(byte what, byte[] buffer) {
        switch (what) {
        case 0: readAndWrite(); break;
        case 1: refusals(); break;
        case 2: service(); break;
        case 3: keep(); break;
        case 4: after(); break;
        default: ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    private static MemoryAccess store(int size) {
        short[] words = {0, (short) (size >> 16), (short) size};
        return Memory.getMemoryAccessInstance(
                Memory.MEMORY_TYPE_EXTENDED_STORE, words, (short) 1);
    }

    private static short reason(byte type, int size) {
        short[] words = {(short) (size >> 16), (short) size};
        try {
            Memory.getMemoryAccessInstance(type, words, (short) 0);
            return 0;
        } catch (ExternalException e) {
            return e.getReason();
        }
    }

    // API: javacardx.external.MemoryAccess.writeData
    private static boolean write(MemoryAccess m, byte[] from, int off, int n,
            int address) {
        return m.writeData(from, (short) off, (short) n, null, (short) 0,
                (short) 0, (short) (address >> 16), (short) address);
    }

    // API: javacardx.external.MemoryAccess.readData
    private static short read(MemoryAccess m, byte[] to, int off, int n,
            int address) {
        return m.readData(to, (short) off, null, (short) 0, (short) 0,
                (short) (address >> 16), (short) address, (short) n);
    }

    private static short thrown(boolean writes, MemoryAccess m, byte[] array,
            int off, int n, int address) {
        try {
            if (writes)
                write(m, array, off, n, address);
            else
                read(m, array, off, n, address);
            return 0;
        } catch (ExternalException e) {
            return e.getReason();
        } catch (ArrayIndexOutOfBoundsException e) {
            return -1;
        } catch (NullPointerException e) {
            return -2;
        }
    }

    private void readAndWrite() {
        MemoryAccess other = store(40);
        byte[] some = {1, 2, 3, 4, 5};
        Guard.expect(read(other, bytes, 0, 20, 0) == 20 && bytes[19] == 0);
        Guard.expect(write(kept, some, 1, 4, 0x000100FC)
                && read(kept, bytes, 3, 4, 0x000100FC) == 4);
        Guard.expect(bytes[2] == 0 && bytes[3] == 2 && bytes[6] == 5
                && bytes[7] == 0);
        // each has memory of its own
        Guard.expect(write(other, some, 0, 5, 35)
                && read(kept, bytes, 0, 5, 35) == 5 && bytes[0] == 0
                && read(other, bytes, 0, 5, 35) == 5 && bytes[0] == 1);
        Guard.expect(write(other, some, 0, 0, 40)
                && read(other, bytes, 0, 0, 40) == 0);
        // no transaction has a part in it
        JCSystem.beginTransaction();
        write(other, some, 3, 1, 0);
        JCSystem.abortTransaction();
        Guard.expect(read(other, bytes, 0, 1, 0) == 1 && bytes[0] == 4);
    }

    private void refusals() {
        final short invalid = ExternalException.INVALID_PARAM;
        MemoryAccess other = store(40);
        Guard.expect(reason(Memory.MEMORY_TYPE_MIFARE, 40)
                == ExternalException.NO_SUCH_SUBSYSTEM
                && reason((byte) 0, 40) == ExternalException.NO_SUCH_SUBSYSTEM
                && reason((byte) 3, 40)
                        == ExternalException.NO_SUCH_SUBSYSTEM);
        final byte type = Memory.MEMORY_TYPE_EXTENDED_STORE;
        Guard.expect(reason(type, 0) == invalid && reason(type, -1) == invalid
                && reason(type, 0x80000000) == invalid
                && reason(type, 0x7FFFFFFF) == invalid
                && reason(type, 0x01000000) == invalid);
        for (byte i = 0; i < 2; i++) {
            final boolean writes = i == 0;
            Guard.expect(thrown(writes, other, bytes, 0, 5, 36) == invalid
                    && thrown(writes, other, bytes, 0, 1, 40) == invalid
                    && thrown(writes, other, bytes, 0, 1, -1) == invalid
                    && thrown(writes, other, bytes, 0, 1, 0x10000) == invalid);
            Guard.expect(thrown(writes, other, bytes, 16, 5, 0) == -1
                    && thrown(writes, other, bytes, -1, 5, 0) == -1
                    && thrown(writes, other, bytes, 0, -1, 0) == -1
                    && thrown(writes, other, null, 0, 1, 0) == -2);
        }
    }

    // API: javacard.framework.service.SecurityService.isAuthenticated
    // API: javacard.framework.service.SecurityService.isChannelSecure
    // API: javacard.framework.service.SecurityService.isCommandSecure
    private void service() {
        Guard.expect(service.isAuthenticated(
                SecurityService.PRINCIPAL_CARDHOLDER)
                && !service.isAuthenticated(
                        SecurityService.PRINCIPAL_CARD_ISSUER));
        Guard.expect(service.isChannelSecure(
                SecurityService.PROPERTY_INPUT_INTEGRITY)
                && !service.isChannelSecure(
                        SecurityService.PROPERTY_OUTPUT_INTEGRITY));
        Guard.expect(service.isCommandSecure(
                SecurityService.PROPERTY_OUTPUT_CONFIDENTIALITY)
                && !service.isCommandSecure((byte) 0));
        Dispatcher dispatcher = new Dispatcher((short) 1);
        dispatcher.addService(service, Dispatcher.PROCESS_COMMAND);
        dispatcher.removeService(service, Dispatcher.PROCESS_COMMAND);
    }

    private void keep() {
        bytes[0] = 0x77;
        Guard.expect(write(kept, bytes, 0, 1, 0x00010000));
    }

    /** Behind a reset. */
    private void after() {
        Guard.expect(read(kept, bytes, 1, 1, 0x00010000) == 1
                && bytes[1] == 0x77);
    }
}
