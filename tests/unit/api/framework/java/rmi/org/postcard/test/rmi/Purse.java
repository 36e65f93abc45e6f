package org.postcard.test.rmi;

import java.rmi.Remote;
import java.rmi.RemoteException;
import javacard.framework.UserException;

/** What a terminal may call. */
public interface Purse extends Remote {
    short add(short amount) throws RemoteException, UserException;

    void clear() throws RemoteException;

    byte[] turn(byte[] bytes, boolean twice, byte mask) throws RemoteException;

    short[] shorts(short[] from, int plus) throws RemoteException;

    int sum(int a, int b) throws RemoteException;

    boolean isKept(byte[] bytes) throws RemoteException;

    Purse other(byte which) throws RemoteException;

    void fail(byte how) throws RemoteException, UserException;
}
