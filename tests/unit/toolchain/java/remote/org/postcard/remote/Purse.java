package org.postcard.remote;

import java.rmi.Remote;
import java.rmi.RemoteException;
import javacard.framework.UserException;

public interface Purse extends Remote {
    short MOST = 400;

    short balance() throws RemoteException;

    void debit(short amount, byte[] note) throws RemoteException, UserException;

    Log log() throws RemoteException;
}
