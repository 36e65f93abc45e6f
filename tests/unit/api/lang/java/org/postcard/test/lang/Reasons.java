package org.postcard.test.lang;

import javacard.framework.APDUException;
import javacard.framework.CardException;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISOException;
import javacard.framework.PINException;
import javacard.framework.SystemException;
import javacard.framework.TransactionException;
import javacard.framework.UserException;
import javacard.framework.service.ServiceException;
import javacard.security.CryptoException;
import javacardx.biometry.BioException;
import javacardx.biometry1toN.Bio1toNException;
import javacardx.external.ExternalException;
import javacardx.framework.string.StringException;
import javacardx.framework.time.DateTimeException;
import javacardx.framework.tlv.TLVException;
import javacardx.framework.util.UtilException;
import javacardx.security.cert.CertificateException;

/** Exceptions with a reason, by number. */
final class Reasons {
    private Reasons() {
    }

    static Throwable make(byte number, short reason) {
        switch (number) {
        case 1:
            return new CardException(reason);
        case 2:
            return new UserException(reason);
        case 3:
            return new CardRuntimeException(reason);
        case 4:
            return new ISOException(reason);
        case 5:
            return new PINException(reason);
        case 6:
            return new APDUException(reason);
        case 7:
            return new SystemException(reason);
        case 8:
            return new TransactionException(reason);
        case 9:
            return new ServiceException(reason);
        case 10:
            return new CryptoException(reason);
        case 11:
            return new BioException(reason);
        case 12:
            return new Bio1toNException(reason);
        case 13:
            return new ExternalException(reason);
        case 14:
            return new StringException(reason);
        case 15:
            return new DateTimeException(reason);
        case 16:
            return new TLVException(reason);
        case 17:
            return new UtilException(reason);
        case 18:
            return new CertificateException(reason);
        default:
            return null;
        }
    }

    /** Whether it is of the class of this number. */
    static boolean is(byte number, Throwable thrown) {
        switch (number) {
        case 1:
            return thrown instanceof CardException;
        case 2:
            return thrown instanceof UserException;
        case 3:
            return thrown instanceof CardRuntimeException;
        case 4:
            return thrown instanceof ISOException;
        case 5:
            return thrown instanceof PINException;
        case 6:
            return thrown instanceof APDUException;
        case 7:
            return thrown instanceof SystemException;
        case 8:
            return thrown instanceof TransactionException;
        case 9:
            return thrown instanceof ServiceException;
        case 10:
            return thrown instanceof CryptoException;
        case 11:
            return thrown instanceof BioException;
        case 12:
            return thrown instanceof Bio1toNException;
        case 13:
            return thrown instanceof ExternalException;
        case 14:
            return thrown instanceof StringException;
        case 15:
            return thrown instanceof DateTimeException;
        case 16:
            return thrown instanceof TLVException;
        case 17:
            return thrown instanceof UtilException;
        case 18:
            return thrown instanceof CertificateException;
        default:
            return false;
        }
    }

    static void raise(byte number, short reason) throws CardException {
        switch (number) {
        case 1:
            CardException.throwIt(reason);
            return;
        case 2:
            UserException.throwIt(reason);
            return;
        case 3:
            CardRuntimeException.throwIt(reason);
            return;
        case 4:
            ISOException.throwIt(reason);
            return;
        case 5:
            PINException.throwIt(reason);
            return;
        case 6:
            APDUException.throwIt(reason);
            return;
        case 7:
            SystemException.throwIt(reason);
            return;
        case 8:
            TransactionException.throwIt(reason);
            return;
        case 9:
            ServiceException.throwIt(reason);
            return;
        case 10:
            CryptoException.throwIt(reason);
            return;
        case 11:
            BioException.throwIt(reason);
            return;
        case 12:
            Bio1toNException.throwIt(reason);
            return;
        case 13:
            ExternalException.throwIt(reason);
            return;
        case 14:
            StringException.throwIt(reason);
            return;
        case 15:
            DateTimeException.throwIt(reason);
            return;
        case 16:
            TLVException.throwIt(reason);
            return;
        case 17:
            UtilException.throwIt(reason);
            return;
        case 18:
            CertificateException.throwIt(reason);
            return;
        default:
            return;
        }
    }

    /** Both classes that have one declare it anew. */
    static short get(Throwable thrown) {
        if (thrown instanceof CardException) {
            return ((CardException) thrown).getReason();
        }
        return ((CardRuntimeException) thrown).getReason();
    }

    static void set(Throwable thrown, short reason) {
        if (thrown instanceof CardException) {
            ((CardException) thrown).setReason(reason);
        } else {
            ((CardRuntimeException) thrown).setReason(reason);
        }
    }
}
