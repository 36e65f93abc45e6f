package org.postcard.test.objects;

import javacard.framework.*;
import javacard.security.CryptoException;
import javacardx.framework.time.DateTimeException;
import javacardx.framework.nio.*;
import javacardx.framework.string.StringException;
import javacardx.framework.tlv.TLVException;
import javacardx.security.cert.CertificateException;

/**
 * Instructions call one method with the data of the command and answer what it
 * gives; those of TlvObjects look at objects over their life and say 65nn when
 * check nn fails.
 */
public class Objects extends Applet {
    private final Numbers numbers = new Numbers();
    private final Tlvs tlvs = new Tlvs();
    private final TlvObjects tlvObjects = new TlvObjects();
    private final Values values = new Values();
    private final Strings strings = new Strings();
    private final Certs certs = new Certs();
    private static short checks;

    public static void install(byte[] b, short at, byte n) {
        new Objects().register();
    }

    static void start() {
        checks = 0;
    }

    static void expect(boolean is) {
        checks++;
        if (!is)
            ISOException.throwIt((short) (0x6500 + checks));
    }

    public void process(APDU apdu) {
        if (selectingApplet())
            return;
        byte[] buffer = apdu.getBuffer();
        byte[] data = new byte[apdu.setIncomingAndReceive()];
        Util.arrayCopyNonAtomic(buffer, ISO7816.OFFSET_CDATA, data, (short) 0,
                (short) data.length);
        JCSystem.requestObjectDeletion();
        start();
        short n = 0;
        try {
            n = call(buffer, data);
        } catch (TLVException e) {
            ISOException.throwIt((short) (0x6A00 + e.getReason()));
        } catch (DateTimeException e) {
            ISOException.throwIt((short) (0x6B00 + e.getReason()));
        } catch (StringException e) {
            ISOException.throwIt((short) (0x6D00 + e.getReason()));
        } catch (CertificateException e) {
            ISOException.throwIt((short) (0x6E00 + e.getReason()));
        } catch (BufferOverflowException e) {
            ISOException.throwIt((short) 0x6F05);
        } catch (BufferUnderflowException e) {
            ISOException.throwIt((short) 0x6F06);
        } catch (ReadOnlyBufferException e) {
            ISOException.throwIt((short) 0x6F07);
        } catch (CryptoException e) {
            ISOException.throwIt((short) (0x6980 + e.getReason()));
        } catch (SystemException e) {
            ISOException.throwIt((short) (0x6C00 + e.getReason()));
        } catch (ArrayIndexOutOfBoundsException e) {
            ISOException.throwIt((short) 0x6F01);
        } catch (IndexOutOfBoundsException e) {
            ISOException.throwIt((short) 0x6F08);
        } catch (NullPointerException e) {
            ISOException.throwIt((short) 0x6F02);
        } catch (ArithmeticException e) {
            ISOException.throwIt((short) 0x6F03);
        } catch (SecurityException e) {
            ISOException.throwIt((short) 0x6F04);
        }
        apdu.setOutgoingAndSend((short) 0, n);
    }

    private short call(byte[] buffer, byte[] data) {
        byte p1 = buffer[ISO7816.OFFSET_P1];
        byte p2 = buffer[ISO7816.OFFSET_P2];
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 1: return numbers.utilities(p1, p2, data, buffer);
        case 2: return numbers.number(p1, p2, data, buffer);
        case 0x10: return tlvs.tag(p1, p2, data, buffer);
        case 0x11: return tlvs.tlv(p1, p2, data, buffer);
        case 0x12: return tlvs.edit(p1, data, buffer);
        case 0x13: return tlvObjects.look(p1);
        case 0x20: return values.time(p1, p2, data, buffer);
        case 0x21: return values.counter(p1, p2, data, buffer);
        case 0x22: return values.sensitive(p1, data, buffer);
        case 0x23: return raise(p1, p2);
        case 0x30: return strings.one(p1, p2, data, buffer);
        case 0x31: return strings.more(p1, p2, data, buffer);
        case 0x32: return strings.value(p1, p2, data, buffer);
        case 0x33: return strings.over(p1, data, buffer);
        case 0x34: return strings.hostile(p1, p2, data);
        case 0x40: return certs.load(p1, data);
        case 0x41: return certs.parse(p1, p2, buffer);
        case 0x42: return certs.look(p1, p2, data, buffer);
        default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        return 0;
    }

    // API: javacardx.framework.string.StringException.<init>
    // API: javacardx.framework.string.StringException.throwIt
    // API: javacardx.security.cert.CertificateException.<init>
    // API: javacardx.security.cert.CertificateException.throwIt
    // API: javacardx.framework.nio.BufferOverflowException.<init>
    // API: javacardx.framework.nio.BufferUnderflowException.<init>
    // API: javacardx.framework.nio.ReadOnlyBufferException.<init>
    private static short raise(byte what, byte reason) {
        switch (what) {
        case 0: throw new StringException(reason);
        case 1: StringException.throwIt(reason); break;
        case 2: throw new CertificateException(reason);
        case 3: CertificateException.throwIt(reason); break;
        case 4: throw new BufferOverflowException();
        case 5: throw new BufferUnderflowException();
        default: throw new ReadOnlyBufferException();
        }
        return 0;
    }

    static short tell(short value, byte[] out) {
        return Util.setShort(out, (short) 0, value);
    }
}
