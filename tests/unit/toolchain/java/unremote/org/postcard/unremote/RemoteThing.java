package org.postcard.unremote;

public class RemoteThing implements java.rmi.Remote {
}
