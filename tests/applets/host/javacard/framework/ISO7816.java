package javacard.framework;

/* The few of ISO 7816's constants that the corpus names. */
public interface ISO7816 {
    byte OFFSET_CLA = 0;
    byte OFFSET_INS = 1;
    byte OFFSET_P1 = 2;
    byte OFFSET_P2 = 3;
    byte OFFSET_LC = 4;
    byte OFFSET_CDATA = 5;
    short SW_UNKNOWN = 0x6F00;
    short SW_INS_NOT_SUPPORTED = 0x6D00;
}
