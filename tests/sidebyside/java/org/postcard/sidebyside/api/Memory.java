package org.postcard.sidebyside.api;

import javacard.framework.JCSystem;
import org.postcard.corpus.base.Log;

/* Transient arrays and what JCSystem tells of memory and transactions. */
final class Memory {
    private static final short N = 4;
    private final Object[] made = new Object[N];
    private byte[] kept = new byte[N];

    boolean run(short step, Log log) {
        switch (step) {
        case 0:
            kinds(log);
            return true;
        case 1:
            refusals(log);
            return true;
        case 2:
            depth(log);
            return true;
        case 3:
            empty(log);
            return true;
        case 4:
            amounts(log);
            return true;
        case 5:
            stores(log);
            return true;
        default:
            return false;
        }
    }

    private void kinds(Log log) {
        made[0] = JCSystem.makeTransientByteArray(N, JCSystem.CLEAR_ON_RESET);
        made[1] = JCSystem.makeTransientShortArray(N,
            JCSystem.CLEAR_ON_DESELECT);
        made[2] = JCSystem.makeTransientBooleanArray(N,
            JCSystem.CLEAR_ON_RESET);
        made[3] = JCSystem.makeTransientObjectArray(N,
            JCSystem.CLEAR_ON_DESELECT);
        for (short i = 0; i < N; i++)
            log.put(JCSystem.isTransient(made[i]));
        log.put(JCSystem.isTransient(null));
        log.put(JCSystem.isTransient(this));
        log.put(JCSystem.isTransient(kept));
        log.put(made[0] instanceof byte[]);
        log.put(made[1] instanceof short[]);
        log.put(made[2] instanceof boolean[]);
        log.put(made[2] instanceof byte[]);
        log.put(made[3] instanceof Object[]);
        log.put(((Object[]) made[3])[0] == null);
        log.put(((byte[]) made[0])[3]);
    }

    private void make(Log log, short kind, short n, byte event) {
        try {
            Object o = kind == 0 ? JCSystem.makeTransientByteArray(n, event)
                : kind == 1 ? (Object) JCSystem.makeTransientShortArray(n,
                    event)
                : kind == 2 ? (Object) JCSystem.makeTransientBooleanArray(n,
                    event)
                : (Object) JCSystem.makeTransientObjectArray(n, event);
            log.put(JCSystem.isTransient(o));
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void refusals(Log log) {
        for (short kind = 0; kind < N; kind++) {
            make(log, kind, (short) -1, JCSystem.CLEAR_ON_RESET);
            make(log, kind, (short) -1, (byte) 0);
            make(log, kind, (short) 1, (byte) 0);
            make(log, kind, (short) 1, (byte) 3);
            make(log, kind, (short) 1, (byte) -1);
            make(log, kind, (short) 0x7FFF, JCSystem.CLEAR_ON_RESET);
            make(log, kind, (short) 0x7FFF, JCSystem.CLEAR_ON_DESELECT);
            make(log, kind, (short) 0, JCSystem.CLEAR_ON_DESELECT);
        }
    }

    private void depth(Log log) {
        log.put(JCSystem.getTransactionDepth());
        JCSystem.beginTransaction();
        log.put(JCSystem.getTransactionDepth());
        try {
            JCSystem.beginTransaction();
        } catch (Exception e) {
            log.threw(e);
        }
        log.put(JCSystem.getTransactionDepth());
        JCSystem.commitTransaction();
        log.put(JCSystem.getTransactionDepth());
        try {
            JCSystem.commitTransaction();
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            JCSystem.abortTransaction();
        } catch (Exception e) {
            log.threw(e);
        }
        log.put(JCSystem.getUnusedCommitCapacity()
            == JCSystem.getMaxCommitCapacity());
        JCSystem.beginTransaction();
        short before = JCSystem.getUnusedCommitCapacity();
        kept[0]++;
        log.put(JCSystem.getUnusedCommitCapacity() < before);
        JCSystem.abortTransaction();
        log.put(kept[0]);
        log.put(JCSystem.isObjectDeletionSupported());
    }

    private void empty(Log log) {
        byte[] none = new byte[0];
        log.put((short) none.length);
        try {
            log.put(none[0]);
        } catch (Exception e) {
            log.threw(e);
        }
        try {
            none = new byte[(short) -1];
        } catch (Exception e) {
            log.threw(e);
        }
        Object[] objects = new Object[0];
        try {
            objects[-1] = this;
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void amount(Log log, byte kind) {
        try {
            log.put(JCSystem.getAvailableMemory(kind) > 0);
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void amounts(Log log) {
        amount(log, JCSystem.MEMORY_TYPE_PERSISTENT);
        amount(log, JCSystem.MEMORY_TYPE_TRANSIENT_RESET);
        amount(log, JCSystem.MEMORY_TYPE_TRANSIENT_DESELECT);
        amount(log, (byte) 3);
        amount(log, (byte) -1);
    }

    private void store(Log log, Object[] into, Object what) {
        try {
            into[1] = what;
            log.put(into[1] == what);
        } catch (Exception e) {
            log.threw(e);
        }
    }

    private void stores(Log log) {
        Object[] lost = JCSystem.makeTransientObjectArray(N,
            JCSystem.CLEAR_ON_RESET);
        store(log, lost, this);
        store(log, lost, kept);
        store(log, lost, lost);
        store(log, new Memory[2], this);
        store(log, new Memory[2], kept);
        store(log, new Memory[2], null);
        store(log, new Memory[1], kept);
        store(log, null, this);
    }
}
