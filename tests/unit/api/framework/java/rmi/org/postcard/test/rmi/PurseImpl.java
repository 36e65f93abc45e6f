package org.postcard.test.rmi;

import java.rmi.RemoteException;
import javacard.framework.*;
import javacard.framework.service.CardRemoteObject;
import javacardx.framework.util.UtilException;

class PurseImpl implements Purse {
    private short balance;
    private Purse exported;
    private Purse hidden;
    private byte[] kept;

    static PurseImpl whole() {
        PurseImpl p = new PurseImpl();
        p.exported = new PurseImpl();
        p.hidden = new PurseImpl();
        CardRemoteObject.export(p);
        CardRemoteObject.export(p.exported);
        CardRemoteObject.export(p.hidden);
        CardRemoteObject.unexport(p.hidden);
        return p;
    }

    public short add(short amount) throws UserException {
        if (amount < 0)
            UserException.throwIt((short) 0x0102);
        balance += amount;
        return balance;
    }

    public void clear() {
        balance = 0;
    }

    public byte[] turn(byte[] bytes, boolean twice, byte mask) {
        if (bytes == null)
            return null;
        for (short i = 0; i < bytes.length; i++)
            bytes[i] ^= twice ? 0 : mask;
        return bytes;
    }

    public short[] shorts(short[] from, int plus) {
        for (short i = 0; i < from.length; i++)
            from[i] += (short) plus;
        return from;
    }

    public int sum(int a, int b) {
        return a + b;
    }

    /** Array parameters are global arrays: nobody may keep them. */
    public boolean isKept(byte[] bytes) {
        try {
            kept = bytes;
        } catch (SecurityException e) {
            return false;
        }
        return true;
    }

    public Purse other(byte which) {
        return which == 0 ? null : which == 1 ? exported
                : which == 2 ? hidden : this;
    }

    public void fail(byte how) throws RemoteException, UserException {
        switch (how) {
        case 1: throw new RemoteException();
        case 2: UserException.throwIt((short) 0x1234);
        case 3: ISOException.throwIt((short) 0x6985);
        case 4: throw new OwnException((short) 7);
        case 5: kept[1000] = 1;
        case 6: UtilException.throwIt((short) 2);
        default: throw new RuntimeException();
        }
    }
}
