package org.postcard.test.objects;

import javacard.framework.*;
import javacard.security.*;
import javacardx.security.cert.*;

/**
 * Certificates, which come in parts before a call.  A handler tells what it was
 * shown, and does what `mood` says.
 */
class Certs implements CertificateParser.KeyHandler,
        X509Certificate.FieldHandler, X509Certificate.ExtensionHandler {
    static final byte MOOD_NONE = 0;
    static final byte MOOD_KEEP = 1;
    static final byte MOOD_NO_KEY = 2;
    static final byte MOOD_SHORT_KEY = 3;
    static final byte MOOD_OTHER_KEY = 4;
    static final byte MOOD_THROW = 5;
    static final byte MOOD_THROW_CERTIFICATE = 6;
    static final byte MOOD_PARSE = 7;
    static final byte MOOD_WRITE = 8;
    static final byte MOOD_STORE = 9;
    static final byte MOOD_ABORT = 10;
    static final byte MOOD_CHANGE = 11;

    /** Handles fields alone. */
    static class Fields implements X509Certificate.FieldHandler {
        short count;

        public boolean onField(short id, byte[] field) {
            count++;
            return id == X509Certificate.FIELD_TBS_SUBJECT;
        }
    }

    private final byte[] data = new byte[1600];
    private final byte[] log = new byte[250];
    private final PublicKey[] keys = new PublicKey[6];
    private final CertificateParser parser = CertificateParser.getInstance(
            CertificateParser.TYPE_X509_DER);
    private final Fields fields = new Fields();
    private short length;
    private short logged;
    private byte mood;
    private byte spec;
    private X509Certificate certificate;
    private Object stored;

    private void tell(short value) {
        logged = Util.setShort(log, logged, value);
    }

    // API: javacardx.security.cert.X509Certificate$FieldHandler.onField
    /** Number, length, and the first three bytes. */
    public boolean onField(short id, byte[] field) {
        tell(id);
        tell((short) field.length);
        logged = Util.arrayCopyNonAtomic(field, (short) 0, log, logged,
                (short) 3);
        if (id == X509Certificate.FIELD_TBS_ISSUER)
            misbehave(field);
        return mood == MOOD_KEEP;
    }

    private void misbehave(byte[] field) {
        switch (mood) {
        case MOOD_THROW: ISOException.throwIt((short) 0x6999); break;
        case MOOD_THROW_CERTIFICATE:
            CertificateException.throwIt((short) 0x55);
            break;
        case MOOD_PARSE:
            mood = MOOD_NONE;
            parser.parseCert(data, (short) 0, length, fields);
            break;
        case MOOD_WRITE: field[0] = 0; break;
        case MOOD_STORE: stored = field; break;
        case MOOD_ABORT: JCSystem.abortTransaction(); break;
        case MOOD_CHANGE: data[4] = 0; break;
        default: break;
        }
    }

    // API: javacardx.security.cert.X509Certificate$ExtensionHandler.onExtension
    /** The OID, a byte, the length. */
    public boolean onExtension(byte[] oid, boolean critical, byte[] value) {
        logged = Util.arrayCopyNonAtomic(oid, (short) 0, log, logged,
                (short) oid.length);
        log[logged++] = (byte) (critical ? 1 : 0);
        tell((short) value.length);
        return mood == MOOD_KEEP;
    }

    // API: javacardx.security.cert.CertificateParser$KeyHandler.onKey
    public PublicKey onKey(byte type, short size) {
        log[logged++] = type;
        tell(size);
        switch (mood) {
        case MOOD_NO_KEY: return null;
        case MOOD_SHORT_KEY:
            return (PublicKey) KeyBuilder.buildKey(type,
                    (short) (size == 256 ? 192 : 512), false);
        case MOOD_OTHER_KEY:
            return (PublicKey) KeyBuilder.buildKey(KeyBuilder.TYPE_DSA_PUBLIC,
                    (short) 1024, false);
        default: break;
        }
        if (type != KeyBuilder.TYPE_XEC)
            return (PublicKey) KeyBuilder.buildKey(type, size, false);
        return (PublicKey) KeyBuilder.buildXECKey(
                NamedParameterSpec.getInstance(spec == 0
                        ? NamedParameterSpec.X25519
                        : NamedParameterSpec.ED25519), (short) 0, false);
    }

    short load(byte more, byte[] part) {
        if (more == 0)
            length = 0;
        length = Util.arrayCopyNonAtomic(part, (short) 0, data, length,
                (short) part.length);
        return 0;
    }

    // API: javacardx.security.cert.CertificateParser.getInstance
    // API: javacardx.security.cert.CertificateParser.parseCert
    // API: javacardx.security.cert.CertificateParser.buildCert
    /** `mood` and a key; the answer is the log, or what was decided. */
    short parse(byte what, byte p2, byte[] out) {
        byte key = (byte) (p2 >> 4);
        mood = (byte) (p2 & 0x0F);
        logged = 0;
        switch (what) {
        case 0: parser.parseCert(data, (short) 0, length, this); break;
        case 1:
            return Objects.tell((short) (parser.parseCert(data, (short) 0,
                    length, this, keys[key]) ? logged : -1), out);
        case 2:
            certificate = (X509Certificate) parser.buildCert(data, (short) 0,
                    length, this);
            keys[key] = certificate.getPublicKey();
            return 0;
        case 3:
            certificate = (X509Certificate) parser.buildCert(data, (short) 0,
                    length, this, keys[key]);
            return Objects.tell(logged, out);
        case 4:
            fields.count = 0;
            certificate = (X509Certificate) parser.buildCert(data, (short) 0,
                    length, fields);
            return Objects.tell(fields.count, out);
        case 5: CertificateParser.getInstance((short) key); return 0;
        case 6: spec = key; return 0;
        case 7: parser.parseCert(null, (short) 0, length, this); return 0;
        case 8: parser.parseCert(data, (short) 0, length, null); return 0;
        case 9: parser.parseCert(data, (short) 0, length, this, null); return 0;
        case 10: parser.buildCert(data, (short) -1, length, this); return 0;
        case 11:
            parser.buildCert(data, (short) 0, (short) 1601, this);
            return 0;
        case 12: /* at the end of the array */
            Util.arrayCopyNonAtomic(data, (short) 0, data,
                    (short) (1600 - length), length);
            parser.parseCert(data, (short) (1600 - length), length, this);
            break;
        case 13:
            JCSystem.beginTransaction();
            try {
                parser.buildCert(data, (short) 0, length, this);
            } finally {
                if (JCSystem.getTransactionDepth() != 0)
                    JCSystem.abortTransaction();
            }
            return 0;
        default: return 0;
        }
        return Util.arrayCopyNonAtomic(log, (short) 0, out, (short) 0, logged);
    }

    private static short give(byte[] from, byte[] out) {
        if (from == null)
            return Objects.tell((short) -1, out);
        return Util.arrayCopyNonAtomic(from, (short) 0, out, (short) 0,
                (short) (from.length < 200 ? from.length : 200));
    }

    // API: javacardx.security.cert.Certificate.getType
    // API: javacardx.security.cert.Certificate.getPublicKey
    // API: javacardx.security.cert.Certificate.verify
    // API: javacardx.security.cert.X509Certificate.getVersion
    // API: javacardx.security.cert.X509Certificate.getField
    // API: javacardx.security.cert.X509Certificate.getExtension
    // API: javacardx.security.cert.X509Certificate.getExtensions
    short look(byte what, byte p2, byte[] in, byte[] out) {
        mood = p2;
        logged = 0;
        switch (what) {
        case 0: return Objects.tell(certificate.getType(), out);
        case 1: return Objects.tell(certificate.getVersion(), out);
        case 2:
            return give(certificate.getField(Util.getShort(in, (short) 0)),
                    out);
        case 3:
            return give(certificate.getExtension(in, (short) 0,
                    (short) in.length), out);
        case 4:
            certificate.getExtensions(this);
            return Util.arrayCopyNonAtomic(log, (short) 0, out, (short) 0,
                    logged);
        case 5:
            return Objects.tell((short) (certificate.verify(keys[p2]) ? 1 : 0),
                    out);
        case 6: certificate.getExtensions(null); return 0;
        case 7: certificate.getExtension(null, (short) 0, (short) 1); return 0;
        case 8: return key(certificate.getPublicKey(), p2, out);
        case 9: /* what it gives is its own, once and for all */
            Objects.expect(certificate.getField((short) 8)
                    == certificate.getField((short) 8));
            return 0;
        case 10: /* two of its parts: the signature covers them */
            certificate.getField(X509Certificate.FIELD_CERTIFICATE_TBS)[9] ^= 1;
            return 0;
        case 11: keys[p2].clearKey(); return 0;
        default: return 0;
        }
    }

    private static short key(PublicKey key, byte part, byte[] out) {
        if (key == null)
            return Objects.tell((short) -1, out);
        Objects.expect(key.isInitialized());
        switch (part) {
        case 0: return ((RSAPublicKey) key).getModulus(out, (short) 0);
        case 1: return ((RSAPublicKey) key).getExponent(out, (short) 0);
        case 2: return ((ECPublicKey) key).getW(out, (short) 0);
        case 3: return ((ECPublicKey) key).getField(out, (short) 0);
        case 4: return ((ECPublicKey) key).getR(out, (short) 0);
        case 5: return Objects.tell(((ECPublicKey) key).getK(), out);
        case 6: return ((XECPublicKey) key).getEncoded(out, (short) 0);
        case 7: return ((DSAPublicKey) key).getY(out, (short) 0);
        case 8: return ((DSAPublicKey) key).getQ(out, (short) 0);
        default: return Objects.tell(key.getSize(), out);
        }
    }
}
