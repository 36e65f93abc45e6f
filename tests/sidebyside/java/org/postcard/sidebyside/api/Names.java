package org.postcard.sidebyside.api;

import javacard.framework.AID;
import javacard.framework.JCSystem;
import org.postcard.corpus.base.Log;

/* AID and what JCSystem says of names. */
final class Names {
    private static final short ROOM = 24;
    private final byte[] bytes = {(byte) 0xF0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16};
    private final byte[] out = new byte[ROOM];

    boolean run(short step, Log log) {
        switch (step) {
        case 0:
            lengths(log);
            return true;
        case 1:
            equality(log);
            return true;
        case 2:
            parts(log);
            return true;
        case 3:
            own(log);
            return true;
        case 4:
            lookups(log);
            return true;
        case 5:
            partEnds(log);
            return true;
        default:
            return false;
        }
    }

    private AID make(Log log, byte[] from, short at, byte n) {
        try {
            AID aid = new AID(from, at, n);
            log.mark((short) 1);
            return aid;
        } catch (Exception e) {
            log.threw(e);
            return null;
        }
    }

    private void lengths(Log log) {
        make(log, bytes, (short) 0, (byte) 4);
        make(log, bytes, (short) 0, (byte) 5);
        make(log, bytes, (short) 0, (byte) 16);
        make(log, bytes, (short) 0, (byte) 17);
        make(log, bytes, (short) 0, (byte) -1);
        make(log, bytes, (short) 0, (byte) 0);
        make(log, bytes, (short) 13, (byte) 5);
        make(log, bytes, (short) -1, (byte) 5);
        make(log, bytes, (short) 12, (byte) 5);
        make(log, bytes, (short) 15, (byte) 4);
        make(log, null, (short) 0, (byte) 5);
        make(log, null, (short) 0, (byte) 4);
    }

    private void same(Log log, AID aid, byte[] with, short at, byte n) {
        try {
            log.put(aid.equals(with, at, n));
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(aid.partialEquals(with, at, n));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void equality(Log log) {
        AID aid = new AID(bytes, (short) 0, (byte) 7);
        AID other = new AID(bytes, (short) 0, (byte) 8);
        log.put(aid.equals(other));
        log.put(aid.equals((Object) new AID(bytes, (short) 0, (byte) 7)));
        log.put(aid.equals(null));
        log.put(aid.equals((Object) bytes));
        log.put(aid.equals(aid));
        log.put(aid.RIDEquals(other));
        log.put(aid.RIDEquals(new AID(bytes, (short) 1, (byte) 7)));
        log.put(aid.RIDEquals(null));
        same(log, aid, bytes, (short) 0, (byte) 7);
        same(log, aid, bytes, (short) 0, (byte) 6);
        same(log, aid, bytes, (short) 0, (byte) 8);
        same(log, aid, bytes, (short) 0, (byte) 0);
        same(log, aid, bytes, (short) 0, (byte) -1);
        same(log, aid, bytes, (short) 1, (byte) 7);
        same(log, aid, bytes, (short) 12, (byte) 7);
        same(log, aid, bytes, (short) 12, (byte) 6);
        same(log, aid, bytes, (short) -1, (byte) 7);
        same(log, aid, bytes, (short) 17, (byte) 0);
        same(log, aid, null, (short) 0, (byte) 7);
        same(log, aid, null, (short) 0, (byte) 8);
    }

    private void part(Log log, AID aid, short from, short to, byte n) {
        try {
            log.put(aid.getPartialBytes(from, out, to, n));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void parts(Log log) {
        AID aid = new AID(bytes, (short) 0, (byte) 7);
        log.put(aid.getBytes(out, (short) 3));
        log.put(out[3]);
        log.put(out[9]);
        part(log, aid, (short) 0, (short) 0, (byte) 0);
        log.put(out[6]);
        part(log, aid, (short) 2, (short) 0, (byte) 3);
        log.put(out[0]);
        part(log, aid, (short) 2, (short) 0, (byte) 0);
        part(log, aid, (short) 7, (short) 0, (byte) 0);
        try {
            aid.getBytes(out, (short) 18);
            log.mark((short) 1);
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            aid.getBytes(null, (short) 0);
            log.mark((short) 1);
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void partEnds(Log log) {
        AID aid = new AID(bytes, (short) 0, (byte) 7);
        part(log, aid, (short) 8, (short) 0, (byte) 0);
        part(log, aid, (short) -1, (short) 0, (byte) 1);
        part(log, aid, (short) 0, (short) 0, (byte) 8);
        part(log, aid, (short) 0, (short) 0, (byte) -1);
        part(log, aid, (short) 5, (short) 0, (byte) 3);
        part(log, aid, (short) 0, (short) -1, (byte) 1);
        part(log, aid, (short) 0, (short) 23, (byte) 2);
        part(log, aid, (short) 0, (short) 24, (byte) 0);
        part(log, aid, (short) 0, (short) 25, (byte) 0);
    }

    private void own(Log log) {
        AID aid = JCSystem.getAID();
        byte n = aid.getBytes(out, (short) 0);
        log.put(n);
        for (short i = 0; i < n; i++)
            log.put(out[i]);
        log.put(JCSystem.getPreviousContextAID() == null);
        log.put(JCSystem.isAppletActive(aid));
        log.put(JCSystem.getAssignedChannel());
        log.put(JCSystem.lookupAID(out, (short) 0, n) == aid);
        log.put(JCSystem.getAppletShareableInterfaceObject(aid, (byte) 0)
            == null);
        log.put(JCSystem.getAppletShareableInterfaceObject(null, (byte) 0)
            == null);
    }

    private void lookup(Log log, byte[] in, short at, byte n) {
        try {
            log.put(JCSystem.lookupAID(in, at, n) == null);
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void lookups(Log log) {
        lookup(log, bytes, (short) 0, (byte) 7);
        lookup(log, bytes, (short) 0, (byte) 4);
        lookup(log, bytes, (short) 0, (byte) 17);
        lookup(log, bytes, (short) 0, (byte) 0);
        lookup(log, bytes, (short) 0, (byte) -1);
        lookup(log, bytes, (short) 13, (byte) 5);
        lookup(log, bytes, (short) -1, (byte) 5);
        lookup(log, null, (short) 0, (byte) 5);
        try {
            log.put(JCSystem.isAppletActive(null));
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(JCSystem.isAppletActive(new AID(bytes, (short) 0,
                (byte) 7)));
        } catch (Exception e) {
            log.threw(e);
        }
    }
}
