package org.postcard.sidebyside.thief;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;
import org.postcard.corpus.base.Log;
import org.postcard.sidebyside.board.Board;

/* What another owns, given to methods of the API. */
final class Natives {
    private final byte[] own = new byte[8];
    private final OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 4);
    private final AID aid;

    Natives() {
        byte[] name = {(byte) 0xF0, 1, 2, 3, 4, 5};
        aid = new AID(name, (short) 0, (byte) 6);
    }

    boolean run(short step, Log log) {
        if (step > 2)
            return false;
        for (short i = 0; i < 8; i++)
            try {
                if (step == 0)
                    bytes(i, log);
                else if (step == 1)
                    others(i, log);
                else
                    foreign(i, log);
            } catch (Exception e) {
                log.threw(e);
            }
        return true;
    }

    private void bytes(short n, Log log) {
        byte[] theirs = Board.bytes;
        final short zero = 0;
        switch (n) {
        case 0:
            log.put(Util.arrayCopy(theirs, zero, own, zero, (short) 2));
            return;
        case 1:
            log.put(Util.arrayCopy(own, zero, theirs, zero, (short) 2));
            return;
        case 2:
            log.put(Util.arrayCopyNonAtomic(theirs, zero, own, zero, zero));
            return;
        case 3:
            log.put(Util.arrayCompare(theirs, zero, own, zero, (short) 1));
            return;
        case 4:
            log.put(Util.arrayFillNonAtomic(theirs, zero, (short) 1,
                (byte) 1));
            return;
        case 5:
            log.put(Util.getShort(theirs, zero));
            return;
        case 6:
            log.put(Util.setShort(theirs, zero, (short) 1));
            return;
        default:
            log.put(Util.arrayCopy(theirs, (short) 99, own, zero, (short) 2));
        }
    }

    private void others(short n, Log log) {
        byte[] theirs = Board.bytes;
        final short zero = 0;
        switch (n) {
        case 0:
            log.put(new AID(theirs, zero, (byte) 5).equals(null));
            return;
        case 1:
            log.put(JCSystem.lookupAID(theirs, zero, (byte) 5) == null);
            return;
        case 2:
            log.put(aid.equals(theirs, zero, (byte) 6));
            return;
        case 3:
            log.put(aid.getBytes(theirs, zero));
            return;
        case 4:
            pin.update(theirs, zero, (byte) 4);
            break;
        case 5:
            log.put(pin.check(theirs, zero, (byte) 4));
            return;
        case 6:
            log.put(JCSystem.isTransient(Board.lost));
            return;
        default:
            log.put(aid.partialEquals(theirs, zero, (byte) 3));
            return;
        }
        log.mark((short) 1);
    }

    private void foreign(short n, Log log) {
        final short zero = 0;
        switch (n) {
        case 0:
            log.put(Board.aid.equals(own, zero, (byte) 6));
            return;
        case 1:
            log.put(aid.equals(Board.aid));
            return;
        case 2:
            log.put(aid.RIDEquals(Board.aid));
            return;
        case 3:
            log.put(Board.pin.getTriesRemaining());
            return;
        case 4:
            log.put(JCSystem.isTransient(Board.bytes));
            return;
        case 5:
            log.put(JCSystem.getAppletShareableInterfaceObject(Board.aid,
                (byte) 0) == null);
            return;
        case 6:
            log.put(JCSystem.isAppletActive(Board.aid));
            return;
        default:
            log.put(aid.equals((Object) Board.thing));
            return;
        }
    }
}
