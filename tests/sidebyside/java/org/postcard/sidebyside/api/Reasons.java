package org.postcard.sidebyside.api;

import javacard.framework.APDUException;
import javacard.framework.CardException;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISOException;
import javacard.framework.PINException;
import javacard.framework.SystemException;
import javacard.framework.TransactionException;
import javacard.framework.UserException;
import org.postcard.corpus.base.Log;

/* Exceptions: reasons, what throwIt throws, and what leaves process. */
final class Reasons {
    boolean run(short step, Log log) throws Exception {
        switch (step) {
        case 0:
            reasons(log);
            return true;
        case 1:
            thrown(log);
            return true;
        case 2:
            shared(log);
            return true;
        default:
            return false;
        }
    }

    private void reasons(Log log) {
        CardRuntimeException r = new CardRuntimeException((short) 0x1234);
        log.put(r.getReason());
        r.setReason((short) -1);
        log.put(r.getReason());
        CardException c = new CardException((short) 7);
        c.setReason((short) 0x8000);
        log.put(c.getReason());
        log.put(new UserException().getReason());
        log.put(new UserException((short) 9).getReason());
        log.put(new ISOException((short) 0x6A80).getReason());
        log.put(new PINException((short) 3).getReason());
    }

    private void one(Log log, short which) {
        try {
            switch (which) {
            case 0:
                ISOException.throwIt((short) 0x6F17);
                break;
            case 1:
                PINException.throwIt((short) 11);
                break;
            case 2:
                SystemException.throwIt((short) 12);
                break;
            case 3:
                TransactionException.throwIt((short) 13);
                break;
            case 4:
                APDUException.throwIt((short) 14);
                break;
            case 5:
                CardRuntimeException.throwIt((short) 15);
                break;
            case 6:
                CardException.throwIt((short) 16);
                break;
            default:
                UserException.throwIt((short) 17);
                break;
            }
        } catch (ISOException e) {
            log.mark((short) 0);
            log.threw(e);
        } catch (PINException e) {
            log.mark((short) 1);
            log.threw(e);
        } catch (SystemException e) {
            log.mark((short) 2);
            log.threw(e);
        } catch (TransactionException e) {
            log.mark((short) 3);
            log.threw(e);
        } catch (APDUException e) {
            log.mark((short) 4);
            log.threw(e);
        } catch (CardRuntimeException e) {
            log.mark((short) 5);
            log.threw(e);
        } catch (UserException e) {
            log.mark((short) 6);
            log.threw(e);
        } catch (CardException e) {
            log.mark((short) 7);
            log.threw(e);
        }
    }

    private void thrown(Log log) {
        for (short i = 0; i < 8; i++)
            one(log, i);
    }

    /* One instance a class is enough for the card; a new one is another. */
    private void shared(Log log) {
        ISOException first = null;
        try {
            ISOException.throwIt((short) 1);
        } catch (ISOException e) {
            first = e;
        }
        try {
            ISOException.throwIt((short) 2);
        } catch (ISOException e) {
            log.put(e == first);
            log.put(first.getReason());
        }
        ISOException own = new ISOException((short) 3);
        try {
            throw own;
        } catch (ISOException e) {
            log.put(e == own);
            log.put(e.getReason());
        }
        log.put(first.getReason());
    }
}
