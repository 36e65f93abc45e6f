package org.postcard.sidebyside.board;

import javacard.framework.AID;
import javacard.framework.OwnerPIN;
import javacard.framework.Shareable;

/* Where one applet leaves references for another: static fields have no
 * owner. */
public class Board {
    public static byte[] bytes;
    public static short[] shorts;
    public static boolean[] flags;
    public static Object[] objects;
    public static byte[] lost;
    public static byte[] lostOnDeselect;
    public static Thing thing;
    public static Object object;
    public static Plain plain;
    public static Shareable service;
    public static RuntimeException error;
    public static AID aid;
    public static OwnerPIN pin;
}
