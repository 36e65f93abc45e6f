package org.postcard.unremote;

import java.rmi.Remote;
import java.rmi.RemoteException;
import javacard.framework.UserException;

public interface Bad extends Remote {
    void object(short good, Object o) throws RemoteException;

    Object result() throws RemoteException;

    Object[] objects() throws RemoteException;

    RemoteThing thing(byte[] good, short[] too) throws Exception;

    void silent() throws UserException;
}
