package org.postcard.test.keeper;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Shareable;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.KeyBuilder;

import org.globalplatform.Application;
import org.globalplatform.upgrade.Element;
import org.globalplatform.upgrade.MappedElement;
import org.globalplatform.upgrade.OnUpgradeListener;
import org.globalplatform.upgrade.UpgradeManager;

/**
 * An applet with something of everything to keep, in two versions that differ
 * in VERSION.  Its install parameters are the AES key, which it cannot do
 * without.
 *
 * 10: P1P2 becomes the counter; 14: P1 becomes the trouble (below); 16: a wrong
 * PIN is tried; 20: all that it holds, see tell(); 22: the questions of
 * UpgradeManager outside an upgrade; 24: an Element is asked for, of type P1.
 * It shares itself with whoever asks; a call of that adds to the counter.
 */
public class Keeper extends Applet implements OnUpgradeListener, Application {
    static final byte VERSION = 1;

    /* What it does wrong. */
    static final byte REFUSES_TO_SAVE = 1;
    static final byte SAVES_A_NODE = 2;
    static final byte SAVES_NOTHING = 3;
    static final byte SAVES_A_HIDDEN_NODE = 4;
    static final byte LEAVES_A_TRANSACTION = 5;
    static final byte WRITES_TOO_MUCH = 6;
    static final byte NEW_ONE_REFUSES = 7; /* in onRestore() */
    static final byte NEW_ONE_READS_TOO_MUCH = 8;
    static final byte THROWS_WHERE_IGNORED = 9;
    static final byte SAVES_WHAT_MUST_NOT = 10;

    private static final byte[] PIN = {1, 2, 3, 4};

    private short counter;
    private byte trouble;
    private OwnerPIN pin;
    private AESKey key;
    private Node ring;
    private byte[] shared;
    private Object[] objects;
    private byte cleaned;
    private byte consolidated;
    private short previous;
    private byte answers;

    private Keeper(byte[] array, short offset, byte length) {
        short at = (short) (offset + 1 + array[offset]); /* privileges */
        at += (short) (1 + array[at]);
        if (array[at] != 16) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES,
            KeyBuilder.LENGTH_AES_128, false);
        key.setKey(array, (short) (at + 1));
        if (!UpgradeManager.isUpgrading()) {
            fill();
        }
        register(array, (short) (offset + 1), array[offset]);
    }

    public static void install(byte[] array, short offset, byte length) {
        new Keeper(array, offset, length);
    }

    private void fill() {
        pin = new OwnerPIN((byte) 5, (byte) 4);
        pin.update(PIN, (short) 0, (byte) 4);
        ring = new Node();
        ring.value = 0x11;
        ring.next = new Node();
        ring.next.value = 0x22;
        ring.next.next = ring;
        shared = new byte[] {0x51, 0x52};
        objects = new Object[] {shared, null, new short[] {0x1234}};
    }

    /* ---- OnUpgradeListener ---- */

    public Element onSave() {
        counter++; /* undone when saving is */
        switch (trouble) {
        case REFUSES_TO_SAVE:
            ISOException.throwIt((short) 0x6B01);
        case SAVES_A_NODE:
            return element((short) 1).write(ring);
        case SAVES_NOTHING:
            return null;
        case SAVES_A_HIDDEN_NODE:
            objects[1] = ring;
            return element((short) 1).write(objects);
        case LEAVES_A_TRANSACTION:
            JCSystem.beginTransaction();
            return element((short) 1);
        case WRITES_TOO_MUCH:
            return element((short) 1).write(shared).write(shared);
        case SAVES_WHAT_MUST_NOT:
            return element((short) 1).write(APDU.getCurrentAPDUBuffer());
        default:
            counter--;
            return save();
        }
    }

    private static Element element(short objectCount) {
        return UpgradeManager.createElement(Element.TYPE_SIMPLE, (short) 0,
            objectCount);
    }

    private Element save() {
        Element root = UpgradeManager.createElement(Element.TYPE_SIMPLE,
            (short) (Element.SIZE_SHORT + Element.SIZE_BYTE
                + Element.SIZE_BOOLEAN), (short) 6);
        return root.write(counter).write(trouble).write(true)
            .write(pin).write(saveNode(ring)).write(shared).write(objects)
            .write(UpgradeManager.nonNullReference()).write((Object) null);
    }

    private static Element saveNode(Node node) {
        if (node == null) {
            return null;
        }
        MappedElement e = UpgradeManager.matchMappedElement(node);
        if (e != null) {
            return e;
        }
        e = (MappedElement) UpgradeManager.createElement(Element.TYPE_MAPPED,
            Element.SIZE_BYTE, (short) 1);
        e.setMappedObject(node);
        return e.write(node.value).write(saveNode(node.next));
    }

    public void onCleanup() {
        cleaned++;
        if (trouble == THROWS_WHERE_IGNORED) {
            ISOException.throwIt((short) 0x6B02);
        }
    }

    public void onRestore(Element root) {
        previous = UpgradeManager.getPreviousPackageVersion();
        if (root == null) {
            fill();
            return;
        }
        root.initRead();
        answers = (byte) (root.canReadShort() << 4 | root.canReadObject());
        counter = root.readShort();
        trouble = root.readByte();
        if (VERSION > 1 && trouble == NEW_ONE_REFUSES) {
            ISOException.throwIt((short) 0x6B03);
        }
        if (!root.readBoolean()) {
            ISOException.throwIt((short) 0x6B04);
        }
        pin = (OwnerPIN) root.readObject();
        ring = restoreNode((Element) root.readObject());
        shared = (byte[]) root.readObject();
        objects = (Object[]) root.readObject();
        if (root.readObject() == null || root.readObject() != null) {
            ISOException.throwIt((short) 0x6B05);
        }
        if (VERSION > 1 && trouble == NEW_ONE_READS_TOO_MUCH) {
            shared[0] = 0x66; /* undone with the rest */
            root.readByte();
        }
    }

    private static Node restoreNode(Element saved) {
        if (saved == null) {
            return null;
        }
        MappedElement e = (MappedElement) saved;
        Node node = (Node) e.getMappedObject();
        if (node != null) {
            return node;
        }
        node = new Node();
        e.setMappedObject(node);
        e.initRead();
        node.value = e.readByte();
        node.next = restoreNode((Element) e.readObject());
        return node;
    }

    public void onConsolidate() {
        consolidated++;
        if (trouble == THROWS_WHERE_IGNORED) {
            ISOException.throwIt((short) 0x6B06);
        }
    }

    /* ---- sharing ---- */

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return this;
    }

    public void processData(byte[] buffer, short offset, short length) {
        counter++;
    }

    /* ---- commands ---- */

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();

        if (selectingApplet()) {
            return;
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
        case 0x10:
            counter = Util.getShort(buffer, ISO7816.OFFSET_P1);
            break;
        case 0x14:
            trouble = buffer[ISO7816.OFFSET_P1];
            break;
        case 0x16:
            pin.check(buffer, (short) 0, (byte) 4);
            break;
        case 0x20:
            apdu.setOutgoingAndSend((short) 0, tell(buffer));
            break;
        case 0x22:
            buffer[0] = (byte) (UpgradeManager.isUpgrading() ? 1 : 0);
            Util.setShort(buffer, (short) 1,
                UpgradeManager.getPreviousPackageVersion());
            buffer[3] = (byte) (UpgradeManager.checkPreviousPackageAID(PIN,
                (short) 0, (byte) 4) ? 1 : 0);
            buffer[4] = (byte) (UpgradeManager.matchMappedElement(this) == null
                ? 1 : 0);
            apdu.setOutgoingAndSend((short) 0, (short) 5);
            break;
        case 0x24:
            UpgradeManager.createElement(buffer[ISO7816.OFFSET_P1], (short) 0,
                (short) 0);
            break;
        default:
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /*
     * Version, counter (2), tries left, first and last byte of the key, both
     * values of the ring, whether it is closed and the array is shared, the
     * shared byte, cleaned, consolidated, previous version (2), answers.
     */
    private short tell(byte[] out) {
        key.getKey(out, (short) 16);
        out[0] = VERSION;
        Util.setShort(out, (short) 1, counter);
        out[3] = pin.getTriesRemaining();
        out[4] = out[16];
        out[5] = out[31];
        out[6] = ring.value;
        out[7] = ring.next.value;
        out[8] = (byte) (ring.next.next == ring ? 1 : 0);
        out[9] = (byte) (objects[0] == shared
            && ((short[]) objects[2])[0] == 0x1234 ? 1 : 0);
        out[10] = shared[0];
        out[11] = cleaned;
        out[12] = consolidated;
        Util.setShort(out, (short) 13, previous);
        out[15] = answers;
        return 16;
    }
}
