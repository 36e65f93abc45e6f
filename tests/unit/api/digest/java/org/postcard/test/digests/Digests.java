package org.postcard.test.digests;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.SystemException;
import javacard.framework.Util;
import javacard.security.Checksum;
import javacard.security.CryptoException;
import javacard.security.InitializedMessageDigest;
import javacard.security.MessageDigest;

/**
 * Calls of MessageDigest, InitializedMessageDigest, their OneShot classes and
 * Checksum, each with P1 as algorithm.  Answers 69rr for a CryptoException,
 * 6Brr for a SystemException, 6F01..03 for the language's.
 */
public class Digests extends Applet {
    private final MessageDigest[] plain = new MessageDigest[16];
    private final InitializedMessageDigest[] initialized =
        new InitializedMessageDigest[16];
    private final Checksum[] checksums = new Checksum[3];
    private final byte[] kept = new byte[64];
    private MessageDigest.OneShot stolen;

    public static void install(byte[] bArray, short bOffset, byte bLength) {
        new Digests().register();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            return;
        }
        short n = apdu.setIncomingAndReceive();
        try {
            n = call(buffer, n);
        } catch (CryptoException e) {
            ISOException.throwIt((short) (0x6900 | e.getReason()));
        } catch (SystemException e) {
            ISOException.throwIt((short) (0x6B00 | e.getReason()));
        } catch (NullPointerException e) {
            ISOException.throwIt((short) 0x6F01);
        } catch (ArrayIndexOutOfBoundsException e) {
            ISOException.throwIt((short) 0x6F02);
        } catch (SecurityException e) {
            ISOException.throwIt((short) 0x6F03);
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    private static final short DATA = ISO7816.OFFSET_CDATA;

    private short call(byte[] b, short n) {
        byte algorithm = b[ISO7816.OFFSET_P1];
        short p2 = (short) (b[ISO7816.OFFSET_P2] & 0xFF);

        switch (b[ISO7816.OFFSET_INS]) {
        case 0x01:
            return plain(algorithm).doFinal(b, DATA, n, b, (short) 0);
        case 0x02:
            return inPieces(plain(algorithm), b, n, p2);
        case 0x03:
            return facts(plain(algorithm), b);
        case 0x04:
            return intermediate(plain(algorithm), b, n);
        case 0x05:
            return intermediate(initialized(algorithm), b, n);
        case 0x06:
            return ownIntermediate(initialized(algorithm), b, n);
        case 0x07:
            return resumed(initialized(algorithm), b, n, p2);
        case 0x08:
            return once(algorithm, b, n);
        case 0x09:
            return onceResumed(algorithm, b, n, p2);
        case 0x0A:
            return refusals(algorithm, b);
        case 0x0B:
            return twice(algorithm, b);
        case 0x0C:
            plain(algorithm).update(b, DATA, n);
            return 0;
        case 0x0D:
            plain(algorithm).reset();
            return 0;
        case 0x0E:
            return plain(algorithm).doFinal(b, DATA, n, kept, p2);
        case 0x0F:
            return wrong(plain(algorithm), b, p2);
        case 0x10:
            return leaveOpen(algorithm, b);
        case 0x11:
            stolen = MessageDigest.OneShot.open(algorithm);
            return 0;
        case 0x12:
            return wrongInitial(initialized(algorithm), b, n, p2);
        case 0x20:
            return checksum(algorithm).doFinal(b, DATA, n, b, (short) 0);
        case 0x21:
            checksum(algorithm).init(b, DATA, n);
            return 0;
        case 0x22:
            checksum(algorithm).update(b, DATA, n);
            return 0;
        case 0x23:
            b[0] = checksum(algorithm).getAlgorithm();
            return 1;
        case 0x24:
            checksum(algorithm).doFinal(b, DATA, n, kept, p2);
            return 0;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    private MessageDigest plain(byte algorithm) {
        short i = (short) (algorithm & 0x0F);
        if (plain[i] == null || plain[i].getAlgorithm() != algorithm) {
            plain[i] = MessageDigest.getInstance(algorithm, true);
        }
        return plain[i];
    }

    private InitializedMessageDigest initialized(byte algorithm) {
        if (initialized[algorithm] == null) {
            initialized[algorithm] = MessageDigest
                .getInitializedMessageDigestInstance(algorithm, false);
        }
        return initialized[algorithm];
    }

    private Checksum checksum(byte algorithm) {
        if (algorithm < 1 || algorithm > 2) {
            return Checksum.getInstance(algorithm, false);
        }
        if (checksums[algorithm] == null) {
            checksums[algorithm] = Checksum.getInstance(algorithm, true);
        }
        return checksums[algorithm];
    }

    private static short inPieces(MessageDigest d, byte[] b, short n,
                                  short piece) {
        short at = DATA;
        short end = (short) (DATA + n);

        for (; (short) (end - at) > piece; at += piece) {
            d.update(b, at, piece);
        }
        return d.doFinal(b, at, (short) (end - at), b, (short) 0);
    }

    private static short facts(MessageDigest d, byte[] b) {
        b[0] = d.getAlgorithm();
        b[1] = d.getLength();
        b[2] = (byte) (MessageDigest.isIntermediateMessageDigestSupported(b[0])
            ? 1 : 0);
        return 3;
    }

    /** The digest of the data so far, then of the data twice. */
    private static short intermediate(MessageDigest d, byte[] b, short n) {
        d.reset();
        d.update(b, DATA, n);
        short first = d.doIntermediateMessageDigest(b, (short) 130);
        short again = d.doFinal(b, DATA, n, b, (short) (130 + first));
        Util.arrayCopyNonAtomic(b, (short) 130, b, (short) 0,
                                (short) (first + again));
        return (short) (first + again);
    }

    private static short ownIntermediate(InitializedMessageDigest d, byte[] b,
                                         short n) {
        d.reset();
        d.update(b, DATA, n);
        short first = d.doIntermediateMessageDigest(b, (short) 130);
        short again = d.doFinal(b, DATA, n, b, (short) (130 + first));
        Util.arrayCopyNonAtomic(b, (short) 130, b, (short) 0,
                                (short) (first + again));
        return (short) (first + again);
    }

    /** Data: intermediate value of p2 bytes, count of 2 bytes, message. */
    private static short resumed(InitializedMessageDigest d, byte[] b, short n,
                                 short p2) {
        d.update(b, DATA, (short) 3); // forgotten
        d.setInitialDigest(b, DATA, p2, b, (short) (DATA + p2), (short) 2);
        return d.doFinal(b, (short) (DATA + p2 + 2), (short) (n - p2 - 2), b,
                         (short) 0);
    }

    private static short once(byte algorithm, byte[] b, short n) {
        MessageDigest.OneShot d = MessageDigest.OneShot.open(algorithm);
        try {
            if (d.getAlgorithm() != algorithm) {
                return 0;
            }
            short length = d.doFinal(b, DATA, n, b, (short) 0);
            return length == d.getLength() ? length : 0;
        } finally {
            d.close();
            d.close(); // does nothing
        }
    }

    private static short onceResumed(byte algorithm, byte[] b, short n,
                                     short p2) {
        InitializedMessageDigest.OneShot d =
            InitializedMessageDigest.OneShot.open(algorithm);
        d.setInitialDigest(b, DATA, p2, b, (short) (DATA + p2), (short) 2);
        short length = d.doFinal(b, (short) (DATA + p2 + 2),
                                 (short) (n - p2 - 2), b, (short) 0);
        d.close();
        return length;
    }

    /** What a OneShot does not do, and what it does no more when closed. */
    private short refusals(byte algorithm, byte[] b) {
        InitializedMessageDigest.OneShot i =
            InitializedMessageDigest.OneShot.open(algorithm);
        MessageDigest.OneShot d = MessageDigest.OneShot.open(algorithm);
        short n = 0;

        d.reset();
        i.reset();
        for (byte which = 0; which < 12; which++) {
            if (which == 4) {
                d.close();
                i.close();
            }
            try {
                refused(d, i, which, b);
                b[n] = 0;
            } catch (CryptoException e) {
                b[n] = (byte) e.getReason();
            }
            n++;
        }
        return n;
    }

    private static void refused(MessageDigest.OneShot d,
                                InitializedMessageDigest.OneShot i,
                                byte which, byte[] b) {
        switch (which) {
        case 0:
            d.update(b, (short) 0, (short) 1);
            return;
        case 1:
            d.doIntermediateMessageDigest(b, (short) 20);
            return;
        case 2:
            i.update(b, (short) 0, (short) 1);
            return;
        case 3:
            ((MessageDigest) i).doIntermediateMessageDigest(b, (short) 20);
            return;
        case 4:
            d.doFinal(b, (short) 20, (short) 1, b, (short) 20);
            return;
        case 5:
            d.getLength();
            return;
        case 6:
            d.getAlgorithm();
            return;
        case 7:
            d.reset();
            return;
        case 8:
            i.setInitialDigest(b, (short) 0, (short) 20, b, (short) 20,
                               (short) 2);
            return;
        case 9:
            i.doIntermediateMessageDigest(b, (short) 20);
            return;
        case 10:
            d.update(b, (short) 20, (short) 1);
            return;
        default:
            i.getAlgorithm();
        }
    }

    /** The card has one object of a class. */
    private static short twice(byte algorithm, byte[] b) {
        MessageDigest.OneShot first = MessageDigest.OneShot.open(algorithm);

        try {
            MessageDigest.OneShot.open(algorithm);
        } catch (SystemException e) {
            b[0] = (byte) e.getReason();
        }
        first.close();
        MessageDigest.OneShot.open(algorithm).close();
        return 1;
    }

    /** Closed when the command is over. */
    private static short leaveOpen(byte algorithm, byte[] b) {
        MessageDigest.OneShot d = MessageDigest.OneShot.open(algorithm);

        b[0] = d.getAlgorithm();
        return 1;
    }

    private short wrong(MessageDigest d, byte[] b, short which) {
        switch (which) {
        case 0:
            return d.doFinal(null, (short) 0, (short) 1, b, (short) 0);
        case 1:
            return d.doFinal(b, (short) 0, (short) 1, null, (short) 0);
        case 2:
            return d.doFinal(b, (short) -1, (short) 1, b, (short) 0);
        case 3:
            return d.doFinal(b, (short) 0, (short) 1, kept, (short) 64);
        case 4:
            d.update(b, (short) 0, (short) 0x7FFF);
            return 0;
        case 5:
            d.update(null, (short) 0, (short) 0);
            return 0;
        case 6:
            return d.doIntermediateMessageDigest(kept, (short) 45);
        default:
            return d.doIntermediateMessageDigest(null, (short) 0);
        }
    }

    /** Data: value of p2 bytes; the count is the rest. */
    private static short wrongInitial(InitializedMessageDigest d, byte[] b,
                                      short n, short p2) {
        d.setInitialDigest(b, DATA, p2, b, (short) (DATA + p2),
                           (short) (n - p2));
        return 0;
    }
}
