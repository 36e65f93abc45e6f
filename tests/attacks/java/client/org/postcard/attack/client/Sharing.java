package org.postcard.attack.client;

import javacard.framework.*;
import org.postcard.attack.shared.*;

/** Across the firewall. */
class Sharing {
    private final Client client;
    private final byte[] own = {1, 2, 3, 4, 5, 6, 7, 8};

    Sharing(Client client) {
        this.client = client;
    }

    /* Each instruction on objects of the server's [JCRE 6.2.8]. */
    short access(byte variant) {
        Vault v = Client.vault();
        Object o = null;

        switch (variant) {
        case 0: return v.bytes()[0];
        case 1: v.bytes()[0] = 1; return 1;
        case 2: return v.shorts()[0];
        case 3: v.shorts()[0] = 1; return 1;
        case 4: return (short) v.ints()[0];
        case 5: v.ints()[0] = 1; return 1;
        case 6: o = v.objects()[0]; return 1;
        case 7: v.objects()[0] = null; return 1;
        case 8: return (short) v.bytes().length;
        case 9: return v.sample().b;
        case 10: return v.sample().s;
        case 11: return (short) v.sample().i;
        case 12: o = v.sample().o; return 1;
        case 13: v.sample().b = 1; return 1;
        case 14: v.sample().s = 1; return 1;
        case 15: v.sample().i = 1; return 1;
        case 16: v.sample().o = null; return 1;
        case 17: return v.sample().value();
        case 18: return v.plain().value();
        case 19: throw v.trouble();
        case 20: o = v.sample(); return (short) (o instanceof Sample ? 1 : 0);
        case 21: o = v.sample(); o = (Sample) o; return 1;
        case 22: o = v.bytes(); return (short) (o instanceof byte[] ? 1 : 0);
        case 23: o = v.bytes(); o = (byte[]) o; return 1;
        case 24: return ((byte[]) Sample.slipped)[0];
        case 25: return (short) (v.bytes().equals(own) ? 1 : 0);
        case 26: o = v.plain(); return (short) (o instanceof Plain ? 1 : 0);
        case 27: v.bytes()[0]++; return 1;
        case 28: return v.first(own);
        case 29: /* an exception of the server's, caught and asked */
            try {
                v.fail();
            } catch (CardRuntimeException e) {
                return e.getReason();
            }
            return -1;
        case 30: /* and caught by nobody but the runtime */
            v.fail();
            return -1;
        default: return -1;
        }
    }

    short casts(byte variant) {
        Object o = Client.vault();

        switch (variant) {
        case 0: return ((Vault) o).caller();
        case 1: return (short) (o instanceof Vault ? 1 : 0);
        case 2: return (short) (o instanceof Applet ? 1 : 0);
        case 3: ((Applet) o).deselect(); return 1;
        case 4: return (short) (o instanceof Callback ? 1 : 0);
        case 5: return ((Callback) o).called();
        default: return -1;
        }
    }

    short copies(byte variant) {
        Vault v = Client.vault();

        switch (variant) {
        case 0:
            return Util.arrayCopy(v.bytes(), (short) 0, own, (short) 0,
                    (short) 8);
        case 1:
            return Util.arrayCopy(own, (short) 0, v.bytes(), (short) 0,
                    (short) 8);
        case 2:
            return Util.arrayCopyNonAtomic(v.bytes(), (short) 0, own,
                    (short) 0, (short) 8);
        case 3:
            return Util.arrayFillNonAtomic(v.bytes(), (short) 0, (short) 8,
                    (byte) 0);
        case 4:
            return Util.arrayCompare(v.bytes(), (short) 0, own, (short) 0,
                    (short) 8);
        case 5: return Util.getShort(v.bytes(), (short) 0);
        case 6: return Util.setShort(v.bytes(), (short) 0, (short) 0);
        case 7: client.transients[2] = APDU.getCurrentAPDUBuffer(); return 1;
        case 8: /* a foreign object may be kept, but it stays closed */
            client.transients[2] = v.bytes();
            byte[] kept = (byte[]) client.transients[2];
            return kept[0];
        default: return -1;
        }
    }

    short views(byte variant) {
        byte[] view = null;

        switch (variant) {
        case 0: /* past the bounds */
            JCSystem.makeByteArrayView(own, (short) 4, (short) 5,
                    JCSystem.ATTR_READABLE_VIEW, null);
            return -1;
        case 1: /* beyond the view */
            view = JCSystem.makeByteArrayView(own, (short) 2, (short) 4,
                    JCSystem.ATTR_READABLE_VIEW, null);
            return view[4];
        case 2: /* wider than the view it is of */
            view = JCSystem.makeByteArrayView(own, (short) 2, (short) 4,
                    JCSystem.ATTR_READABLE_VIEW, null);
            JCSystem.makeByteArrayView(view, (short) 0, (short) 5,
                    JCSystem.ATTR_READABLE_VIEW, null);
            return -1;
        case 3: /* more rights than the view it is of */
            view = JCSystem.makeByteArrayView(own, (short) 2, (short) 4,
                    JCSystem.ATTR_READABLE_VIEW, null);
            view = JCSystem.makeByteArrayView(view, (short) 0, (short) 4,
                    JCSystem.ATTR_WRITABLE_VIEW, null);
            view[0] = 99;
            return own[2];
        case 4: /* written, though it may only be read */
            view = JCSystem.makeByteArrayView(own, (short) 2, (short) 4,
                    JCSystem.ATTR_READABLE_VIEW, null);
            view[0] = 99;
            return -1;
        case 5: /* read, though it may only be written */
            view = JCSystem.makeByteArrayView(own, (short) 2, (short) 4,
                    JCSystem.ATTR_WRITABLE_VIEW, null);
            return view[0];
        case 6: /* kept */
            client.field = JCSystem.makeByteArrayView(own, (short) 2,
                    (short) 4, JCSystem.ATTR_READABLE_VIEW, null);
            return -1;
        case 7: /* the server's, made for us */
            return Client.vault().view(client)[0];
        case 8: /* and written */
            Client.vault().view(client)[0] = 1;
            return -1;
        case 9: /* and beyond its end */
            return Client.vault().view(client)[2];
        case 10: /* the server's, made for itself */
            return Client.vault().view(null)[0];
        case 11: /* kept over the call */
            client.transients[3] = Client.vault().view(client);
            return -1;
        case 12: /* of an array that an abort takes back */
        case 13: /* and given to a native */
        case 14: /* and written */
            JCSystem.beginTransaction();
            byte[] born = new byte[8];
            view = JCSystem.makeByteArrayView(born, (short) 0, (short) 8,
                    (byte) (JCSystem.ATTR_READABLE_VIEW
                            | JCSystem.ATTR_WRITABLE_VIEW), null);
            JCSystem.abortTransaction();
            byte[] other = new byte[8];
            other[0] = 0x77;
            if (variant == 13)
                return Util.getShort(view, (short) 0);
            if (variant == 14) {
                view[0] = 1;
                return other[0];
            }
            return view[0];
        default: return -1;
        }
    }

    short natives(byte variant) {
        Stranger stranger = null;

        switch (variant) {
        case 0: /* what it says of itself is its own affair */
            stranger = new Stranger();
            stranger.update(own, (short) 0, (byte) 8);
            return (short) (stranger.isValidated() ? 1 : 0);
        case 1: /* what the runtime knows of it is not */
            stranger = new Stranger();
            stranger.update(own, (short) 0, (byte) 8);
            return (short) (stranger.flag() ? 1 : 0);
        case 2: /* once more */
            client.registerAgain();
            return -1;
        default: return -1;
        }
    }
}
