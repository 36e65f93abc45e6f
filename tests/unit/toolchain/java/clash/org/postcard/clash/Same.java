package org.postcard.clash;

import java.rmi.RemoteException;

/** Two methods whose SHA-1 begins with 7C8B. */
public interface Same extends java.rmi.Remote {
    void call133() throws RemoteException;

    void call227() throws RemoteException;
}
