package org.postcard.test.server;

import javacard.framework.*;
import org.postcard.test.library.Own;

/**
 * Objects born in a transaction that is aborted are null everywhere.  [JCRE
 * 7.6.3] also lets a card lock up, as the reference simulator of 2.2.2 does.
 */
class Births {
    private static Object inStatic;

    private Object inField;
    private Object[] inArray = new Object[1];
    private Object[] inTransient = JCSystem.makeTransientObjectArray((short) 1,
            JCSystem.CLEAR_ON_RESET);

    private boolean abort() {
        JCSystem.abortTransaction();
        return true;
    }

    private Object born() {
        JCSystem.beginTransaction();
        return new byte[3];
    }

    /* The argument was on the operand stack when the abort came. */
    private boolean isNull(Object argument, boolean aborted) {
        return aborted && argument == null;
    }

    private boolean below(Object argument) {
        return further(argument) && argument == null;
    }

    private boolean further(Object argument) {
        abort();
        return argument == null;
    }

    private Object returned(Object o) {
        abort();
        return o;
    }

    void run() {
        Object local = born();

        inField = inStatic = inArray[0] = inTransient[0] = local;
        Server.expect(JCSystem.isTransient(local) == 0 && local != null,
                (byte) 1);
        abort();
        Server.expect(local == null && inField == null, (byte) 2);
        Server.expect(inStatic == null && inArray[0] == null, (byte) 3);
        Server.expect(inTransient[0] == null, (byte) 4);
        Server.expect(isNull(born(), abort()), (byte) 5);
        Server.expect(below(born()), (byte) 6);
        Server.expect(returned(born()) == null, (byte) 7);
        for (byte i = 1; i <= 8; i++)
            Server.expect(throwsNull(i), (byte) (16 + i));
        local = born();
        abort();
        Object none = null;
        Server.expect(local == none && none == local, (byte) 8);
        Server.expect(!(local instanceof byte[]) && (byte[]) local == null,
                (byte) 9);
        Server.expect(!JCSystem.getAID().equals(local), (byte) 10);
        inField = local;
        inArray[0] = local;
        inStatic = local;
        Object later = new byte[3]; /* it is none of these */
        Server.expect(inField == null && inArray[0] == null
                && inStatic == null && local == null, (byte) 11);
        Server.expect(later != local && later != null, (byte) 12);
        /* memory for transient contents goes back, too */
        short free = JCSystem.getAvailableMemory(
                JCSystem.MEMORY_TYPE_TRANSIENT_RESET);
        JCSystem.beginTransaction();
        local = JCSystem.makeTransientByteArray((short) 64,
                JCSystem.CLEAR_ON_RESET);
        abort();
        Server.expect(free == JCSystem.getAvailableMemory(
                JCSystem.MEMORY_TYPE_TRANSIENT_RESET), (byte) 13);
        Server.expect(JCSystem.getAppletShareableInterfaceObject(
                name(), (byte) 1) == null, (byte) 14);
    }

    /* An AID of the applet's, born in vain. */
    private AID name() {
        byte[] bytes = {1, 2, 3, 4, 5};

        JCSystem.beginTransaction();
        AID a = new AID(bytes, (short) 0, (byte) 5);
        abort();
        return a;
    }

    private boolean throwsNull(byte which) {
        JCSystem.beginTransaction();
        byte[] b = new byte[2];
        Own o = new Own((short) 1);
        abort();
        try {
            switch (which) {
            case 1: b[0] = 1; break;
            case 2: inField = b[0] == 0 ? null : b; break;
            case 3: if (b.length == 2) return false; break;
            case 4: o.value = 2; break;
            case 5: o.plain(); break;
            case 6: o.equals(null); break;
            case 7: Util.getShort(b, (short) 0); break;
            default: throw o;
            }
        } catch (NullPointerException e) {
            return true;
        }
        return false;
    }
}
