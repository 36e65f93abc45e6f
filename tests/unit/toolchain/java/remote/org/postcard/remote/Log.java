package org.postcard.remote;

import java.io.IOException;
import java.rmi.Remote;

public interface Log extends Remote {
    byte[] last(boolean full) throws IOException;
}
