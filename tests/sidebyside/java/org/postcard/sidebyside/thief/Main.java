package org.postcard.sidebyside.thief;

import javacard.framework.AID;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;
import org.postcard.sidebyside.board.Service;

/* Tries what the firewall forbids, and uses what it allows. */
public class Main extends CaseApplet implements Service {
    static final byte[] VAULT = {(byte) 0xF0, 0x50, 0x4F, 0x53, 0x42, 0x04, 1};
    private final Touch touch = new Touch();
    private final Natives natives = new Natives();
    private final Keeping keeping = new Keeping();
    private final byte[] own = {9, 8, 7};
    private final byte[] lost = JCSystem.makeTransientByteArray((short) 2,
        JCSystem.CLEAR_ON_RESET);

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    static Service service(byte parameter) {
        AID aid = JCSystem.lookupAID(VAULT, (short) 0, (byte) VAULT.length);
        return (Service) JCSystem.getAppletShareableInterfaceObject(aid,
            parameter);
    }

    protected boolean run(short number, Log log) throws Exception {
        short step = (short) (number & 0xFF);
        switch ((short) (number >> 8)) {
        case 0:
            return touch.run(step, log);
        case 1:
            return natives.run(step, log);
        case 2:
            return keeping.run(step, log);
        default:
            return serve(step, log);
        }
    }

    private boolean serve(short step, Log log) {
        Service s = service((byte) 0);
        switch (step) {
        case 0:
            log.put(s == null);
            log.put(service((byte) 1) == null);
            log.put(service((byte) 2) == null);
            log.put(s.add((short) 30000, (short) 30000));
            return true;
        case 1:
            log.put(s.caller());
            log.put(s.self());
            log.put(JCSystem.getPreviousContextAID() == null);
            return true;
        case 2:
            arrays(s, log);
            return true;
        case 3:
            for (short how = 0; how < 5; how++)
                failure(s, how, log);
            return true;
        case 4:
            log.put(JCSystem.getTransactionDepth());
            s.transaction((short) 0);
            byte depth = JCSystem.getTransactionDepth();
            JCSystem.commitTransaction();
            log.put(depth);
            return true;
        case 5:
            JCSystem.beginTransaction();
            s.transaction((short) 3);
            s.transaction((short) 2);
            log.put(JCSystem.getTransactionDepth());
            return true;
        case 6:
            JCSystem.beginTransaction();
            s.transaction((short) 3);
            s.transaction((short) 1);
            log.put(JCSystem.getTransactionDepth());
            return true;
        case 7:
            given(s, log);
            return true;
        case 8:
            for (short which = 0; which < 4; which++)
                lose(s, which, log);
            return true;
        case 9:
            back(s, log);
            return true;
        case 10:
            log.put(s.channel());
            for (short what = 0; what < 2; what++)
                current(s, what, log);
            return true;
        case 11:
            keep(s, own, log);
            keep(s, this, log);
            keep(s, null, log);
            keep(s, JCSystem.getAID(), log);
            return true;
        default:
            return false;
        }
    }

    private void keep(Service s, Object o, Log log) {
        try {
            s.keep(o);
            log.mark((short) 1);
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void read(Service s, byte[] array, Log log) {
        try {
            log.put(s.first(array));
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            s.write(array, (short) 0, (byte) 3);
            log.mark((short) 1);
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void arrays(Service s, Log log) {
        read(s, own, log);
        read(s, lost, log);
        read(s, null, log);
        read(s, javacard.framework.APDU.getCurrentAPDUBuffer(), log);
    }

    private void failure(Service s, short how, Log log) {
        try {
            s.fail(how);
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void given(Service s, Log log) {
        Object o = s.give();
        log.put(o == null);
        try {
            log.put(((byte[]) o)[0]);
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(o instanceof byte[]);
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            log.put(o.equals(o));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void lose(Service s, short which, Log log) {
        try {
            log.put(s.lost(which));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void back(Service s, Log log) {
        try {
            log.put(s.back(this));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void current(Service s, short what, Log log) {
        try {
            log.put(s.current(what));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return this;
    }

    public short add(short a, short b) {
        return (short) (a * 100 + b);
    }

    public short first(byte[] array) {
        return 0;
    }

    public void write(byte[] array, short at, byte value) {
    }

    public short caller() {
        return 0;
    }

    public short self() {
        return 0;
    }

    public void fail(short how) {
    }

    public void transaction(short how) {
    }

    public Object give() {
        return null;
    }

    public short lost(short which) {
        return 0;
    }

    public short back(Service client) {
        return 0;
    }

    public short channel() {
        return 0;
    }

    public short current(short what) {
        return 0;
    }

    public void keep(Object o) {
    }
}
