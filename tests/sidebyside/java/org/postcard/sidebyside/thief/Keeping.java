package org.postcard.sidebyside.thief;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import org.postcard.corpus.base.Log;
import org.postcard.sidebyside.board.Board;

/* References of the card's own objects, stored where they may not stay. */
final class Keeping {
    private static Object share;
    private Object field;
    private final Object[] cells = new Object[1];
    private final Object[] lost = JCSystem.makeTransientObjectArray((short) 1,
        JCSystem.CLEAR_ON_RESET);

    boolean run(short step, Log log) {
        if (step > 3)
            return false;
        Object o = step == 0 ? APDU.getCurrentAPDU()
            : step == 1 ? (Object) APDU.getCurrentAPDUBuffer()
            : step == 2 ? (Object) JCSystem.getAID() : thrown();
        for (short where = 0; where < 6; where++)
            try {
                keep(o, where, log);
            } catch (Exception e) {
                log.threw(e);
            }
        return true;
    }

    private static Object thrown() {
        try {
            ISOException.throwIt((short) 1);
        } catch (ISOException e) {
            return e;
        }
        return null;
    }

    private void keep(Object o, short where, Log log) {
        switch (where) {
        case 0:
            field = o;
            break;
        case 1:
            share = o;
            break;
        case 2:
            cells[0] = o;
            break;
        case 3:
            lost[0] = o;
            break;
        case 4:
            log.put(o instanceof AID);
            return;
        default:
            log.put(o.equals(o));
            return;
        }
        log.mark((short) 1);
        log.put(field == o);
    }
}
