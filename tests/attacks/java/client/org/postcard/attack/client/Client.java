package org.postcard.attack.client;

import javacard.framework.*;
import org.postcard.attack.shared.*;

/**
 * The attacker in Java: INS is the attack, P1 its variant.  What an attack
 * returns is answered; an exception is a status word, as in attacker.captext.
 */
public class Client extends Applet implements Callback {
    static final byte[] SERVER = {
        (byte) 0xF0, 0x50, 0x4F, 0x53, (byte) 0xD1, 0x01
    };
    static Object kept;
    static short installed;

    Object field;
    short sum;
    final Object[] objects = new Object[4];
    final Object[] transients = JCSystem.makeTransientObjectArray((short) 4,
            JCSystem.CLEAR_ON_RESET);
    private final short previousAtInstall;
    private short previousAtSelect;
    private boolean callAtDeselect;
    private boolean endless;
    private final Memory memory = new Memory(this);
    private final Sharing sharing = new Sharing(this);

    private Client(byte[] array) {
        AID previous = JCSystem.getPreviousContextAID();

        previousAtInstall = (short) (previous == null ? 0 : 1);
        installed = 0;
        try {
            kept = array;
            installed = 1;
        } catch (SecurityException e) {
        }
        try {
            objects[0] = array;
            installed = 2;
        } catch (SecurityException e) {
        }
    }

    public static void install(byte[] array, short offset, byte length) {
        new Client(array).register(array, (short) (offset + 1), array[offset]);
    }

    public boolean select() {
        previousAtSelect =
                (short) (JCSystem.getPreviousContextAID() == null ? 0 : 1);
        return true;
    }

    public void deselect() {
        if (callAtDeselect)
            sum = vault().caller();
        callAtDeselect = false;
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return this;
    }

    void registerAgain() {
        register();
    }

    /** The server calls back: whether the server is who called. */
    public short called() {
        if (endless)
            return vault().callBack(this, false);
        AID caller = JCSystem.getPreviousContextAID();

        if (caller == null)
            return 0;
        sum = (short) (sum + 1);
        return (short) (caller.equals(lookup()) ? 1 : 2);
    }

    static AID lookup() {
        return JCSystem.lookupAID(SERVER, (short) 0, (byte) 6);
    }

    static Vault vault() {
        return (Vault) JCSystem.getAppletShareableInterfaceObject(lookup(),
                (byte) 0);
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet())
            return;
        try {
            short answer = attack(apdu, buffer);
            Util.setShort(buffer, (short) 0, answer);
            apdu.setOutgoingAndSend((short) 0, (short) 2);
        } catch (SecurityException e) {
            ISOException.throwIt((short) 0x6601);
        } catch (ArrayIndexOutOfBoundsException e) {
            ISOException.throwIt((short) 0x6602);
        } catch (NullPointerException e) {
            ISOException.throwIt((short) 0x6603);
        } catch (ClassCastException e) {
            ISOException.throwIt((short) 0x6604);
        } catch (ArrayStoreException e) {
            ISOException.throwIt((short) 0x6605);
        } catch (NegativeArraySizeException e) {
            ISOException.throwIt((short) 0x6606);
        } catch (SystemException e) {
            ISOException.throwIt((short) (0x6610 + e.getReason()));
        } catch (TransactionException e) {
            ISOException.throwIt((short) (0x6620 + e.getReason()));
        }
    }

    private short attack(APDU apdu, byte[] buffer) {
        byte variant = buffer[ISO7816.OFFSET_P1];

        switch (buffer[ISO7816.OFFSET_INS]) {
        case (byte) 0xE1: return memory.births(variant);
        case (byte) 0xE3: return memory.mixed(variant);
        case (byte) 0xE4: return memory.pins(variant);
        case (byte) 0xE5: return memory.overflow(variant);
        case (byte) 0xE6: return memory.nesting(variant);
        case (byte) 0xE8: return keepServer(variant);
        case (byte) 0xEA: return memory.exhaust(variant);
        case (byte) 0xEB: return memory.transients(variant);
        case (byte) 0xEC: return memory.wiped(variant);
        case (byte) 0x01: return sharing.access(variant);
        case (byte) 0x03: return sharing.casts(variant);
        case (byte) 0x04: return keepEntryPoints(apdu, buffer, variant);
        case (byte) 0x06: return sharing.copies(variant);
        case (byte) 0x08: return chain(variant);
        case (byte) 0x09: return reenter(variant);
        case (byte) 0x0A: return touchPartner(variant);
        case (byte) 0x0B: return sharing.views(variant);
        case (byte) 0x0C: return sharing.natives(variant);
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
            return 0;
        }
    }

    private short keepServer(byte variant) {
        switch (variant) {
        case 0: field = vault(); return 1;
        case 1: kept = vault(); return 1;
        case 2: transients[0] = vault(); return 1;
        case 3: return (short) (field == null ? 0 : 1);
        case 4: return ((Vault) field).caller();
        case 5:
            field = null;
            kept = null;
            transients[0] = null;
            Sample.slipped = null;
            return 0;
        case 6: JCSystem.requestObjectDeletion(); return 0;
        default: return -1;
        }
    }

    private short keepEntryPoints(APDU apdu, byte[] buffer, byte variant) {
        switch (variant) {
        case 0: field = apdu; return 1;
        case 1: kept = apdu; return 1;
        case 2: objects[0] = apdu; return 1;
        case 3: transients[0] = apdu; return 1;
        case 4: field = buffer; return 1;
        case 5: kept = buffer; return 1;
        case 6: objects[0] = buffer; return 1;
        case 7: transients[0] = buffer; return 1;
        case 8: field = APDU.getCurrentAPDUBuffer(); return 1;
        case 9: field = APDU.getCurrentAPDU(); return 1;
        case 10: return installed;
        case 11: /* a permanent entry point may be kept */
            field = JCSystem.getAID();
            field = null;
            return 1;
        case 12:
            field = JCSystem.makeGlobalArray(JCSystem.ARRAY_TYPE_BYTE,
                    (short) 4);
            return 1;
        case 13:
            objects[0] = JCSystem.makeGlobalArray(JCSystem.ARRAY_TYPE_SHORT,
                    (short) 4);
            return 1;
        case 14: /* an exception of the runtime's */
            try {
                buffer[-1] = 0;
            } catch (ArrayIndexOutOfBoundsException e) {
                field = e;
            }
            return 1;
        default: return -1;
        }
    }

    private short chain(byte variant) {
        switch (variant) {
        case 0:
            return (short) (JCSystem.getPreviousContextAID() == null ? 0 : 1);
        case 1: return vault().caller();
        case 2: return vault().callBack(this, false);
        case 3: return previousAtInstall;
        case 4: return previousAtSelect;
        case 5: return vault().callerOfSharing();
        case 6: /* client and server call each other without end */
            endless = true;
            try {
                return vault().callBack(this, false);
            } finally {
                endless = false;
            }
        case 7: return (short) (endless ? 1 : 0);
        case 8: endless = false; return 0;
        default: return -1;
        }
    }

    private short reenter(byte variant) {
        switch (variant) {
        case 0: /* the client writes inside the server's transaction */
            sum = 0;
            vault().callBack(this, true);
            return sum;
        case 1: /* the server commits what the client began */
            JCSystem.beginTransaction();
            sum = 7;
            vault().commit();
            return JCSystem.getTransactionDepth();
        case 2: /* the server aborts what the client began */
            sum = 1;
            JCSystem.beginTransaction();
            sum = 7;
            vault().abort();
            return sum;
        case 3: /* in the server's transaction within the client's */
            JCSystem.beginTransaction();
            return vault().callBack(this, true);
        case 4:
            callAtDeselect = true;
            sum = 0;
            return 0;
        case 5: return sum;
        default: return -1;
        }
    }

    private short touchPartner(byte variant) {
        switch (variant) {
        case 0: return Partner.forSelection[0];
        case 1: vault().touchForSelection(); return 1;
        case 2: vault().makeForSelection(); return 1;
        case 3: return vault().caller();
        default: return -1;
        }
    }
}
