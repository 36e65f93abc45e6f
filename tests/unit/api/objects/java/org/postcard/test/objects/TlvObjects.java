package org.postcard.test.objects;

import javacard.framework.*;
import javacardx.framework.tlv.*;

/** TLVs as objects. */
class TlvObjects {
    private static final byte[] PRIMITIVE = {(byte) 0x80, 1, 5};
    private static final byte[] NESTED = {(byte) 0xA0, 10, (byte) 0x80, 1, 1,
        (byte) 0xA1, 5, (byte) 0x81, 3, 2, 3, 4};
    private final byte[] out = new byte[600];
    private final byte[] big = new byte[300];
    private final PrimitiveBERTLV kept = new PrimitiveBERTLV((short) 4);
    private final ConstructedBERTLV list = new ConstructedBERTLV((short) 2);

    short look(byte what) {
        switch (what) {
        case 1: tags(); break;
        case 2: values(); break;
        case 3: trees(); break;
        case 4: search(); break;
        case 5: circles(); break;
        case 6: transactions(); break;
        case 7: deep(); break;
        case 8: begin(); break;
        case 9: return kept.toBytes(out, (short) 0) == 4
                && list.size() == 5 ? (short) 0 : fail();
        default: fail();
        }
        return 0;
    }

    private static short fail() {
        Objects.expect(false);
        return 0;
    }

    private static BERTLV of(byte[] bytes) {
        return BERTLV.getInstance(bytes, (short) 0, (short) bytes.length);
    }

    private boolean says(BERTLV tlv, byte[] bytes) {
        return tlv.toBytes(out, (short) 0) == (short) bytes.length
                && tlv.size() == (short) bytes.length
                && Util.arrayCompare(out, (short) 0, bytes, (short) 0,
                        (short) bytes.length) == 0;
    }

    // API: javacardx.framework.tlv.BERTag.init
    // API: javacardx.framework.tlv.BERTag.equals
    // API: javacardx.framework.tlv.PrimitiveBERTag.<init>
    // API: javacardx.framework.tlv.PrimitiveBERTag.init
    // API: javacardx.framework.tlv.ConstructedBERTag.<init>
    // API: javacardx.framework.tlv.ConstructedBERTag.init
    private void tags() {
        PrimitiveBERTag a = new PrimitiveBERTag();
        ConstructedBERTag b = new ConstructedBERTag();
        byte[] high = {(byte) 0x9F, (byte) 0x81, 0x05, (byte) 0xBF, 0x7F};

        Objects.expect(!a.equals((BERTag) a) && !a.equals((BERTag) null));
        Objects.expect(reasonOf((byte) 0, a, b) == TLVException.EMPTY_TAG
                && reasonOf((byte) 1, a, b) == TLVException.EMPTY_TAG
                && reasonOf((byte) 2, a, b) == TLVException.EMPTY_TAG);
        a.init(high, (short) 0);
        Objects.expect(a.size() == 3 && a.tagNumber() == 133
                && a.tagClass() == 2 && !a.isConstructed());
        b.init(high, (short) 3);
        Objects.expect(b.tagNumber() == 127 && b.isConstructed());
        Objects.expect(reasonOf((byte) 3, a, b) == TLVException.MALFORMED_TAG
                && reasonOf((byte) 4, a, b) == TLVException.MALFORMED_TAG
                && reasonOf((byte) 5, a, b) == TLVException.INVALID_PARAM
                && reasonOf((byte) 6, a, b) == TLVException.INVALID_PARAM);
        Objects.expect(b.tagNumber() == 127);
        PrimitiveBERTag same = new PrimitiveBERTag();
        same.init(BERTag.BER_TAG_CLASS_MASK_CONTEXT_SPECIFIC, (short) 133);
        Objects.expect(same.equals((BERTag) a) && a.equals((BERTag) same));
        b.init(BERTag.BER_TAG_CLASS_MASK_CONTEXT_SPECIFIC, (short) 133);
        Objects.expect(!b.equals((BERTag) a));
        b.init((byte) 1, (short) 0x7FFF);
        Objects.expect(b.size() == 4 && b.tagNumber() == 0x7FFF);
    }

    private short reasonOf(byte what, PrimitiveBERTag a, ConstructedBERTag b) {
        byte[] both = {(byte) 0xA0, (byte) 0x80};
        try {
            switch (what) {
            case 0: a.size(); break;
            case 1: b.tagNumber(); break;
            case 2: b.toBytes(out, (short) 0); break;
            case 3: a.init(both, (short) 0); break;
            case 4: b.init(both, (short) 1); break;
            case 5: b.init((byte) 4, (short) 1); break;
            case 6: b.init((byte) 1, (short) -1); break;
            case 7: new PrimitiveBERTLV((short) 3).size(); break;
            case 8: new PrimitiveBERTLV((short) 3).getTag(); break;
            case 9: new PrimitiveBERTLV((short) -1); break;
            case 10: new ConstructedBERTLV((short) -1); break;
            case 11:
                new PrimitiveBERTLV((short) 3).init(a, big, (short) 0,
                        (short) 1);
                break;
            case 12:
                new PrimitiveBERTLV((short) 3).appendValue(big, (short) 0,
                        (short) 1);
                break;
            case 13:
                new PrimitiveBERTLV((short) 3).getValue(big, (short) 0);
                break;
            default: new ConstructedBERTLV((short) 1).append(of(PRIMITIVE));
            }
        } catch (TLVException e) {
            return e.getReason();
        }
        return 0;
    }

    // API: javacardx.framework.tlv.PrimitiveBERTLV.<init>
    // API: javacardx.framework.tlv.PrimitiveBERTLV.init
    // API: javacardx.framework.tlv.PrimitiveBERTLV.appendValue
    // API: javacardx.framework.tlv.PrimitiveBERTLV.replaceValue
    // API: javacardx.framework.tlv.PrimitiveBERTLV.getValue
    // API: javacardx.framework.tlv.BERTLV.getLength
    // API: javacardx.framework.tlv.BERTLV.getTag
    private void values() {
        PrimitiveBERTag tag = new PrimitiveBERTag();
        PrimitiveBERTLV tlv = new PrimitiveBERTLV((short) 2);

        Objects.expect(reasonOf((byte) 7, tag, null) == TLVException.EMPTY_TLV
                && reasonOf((byte) 8, tag, null) == TLVException.EMPTY_TLV
                && reasonOf((byte) 9, tag, null) == TLVException.INVALID_PARAM
                && reasonOf((byte) 10, tag, null) == TLVException.INVALID_PARAM
                && reasonOf((byte) 11, tag, null) == TLVException.EMPTY_TAG
                && reasonOf((byte) 12, tag, null) == TLVException.EMPTY_TLV
                && reasonOf((byte) 13, tag, null) == TLVException.EMPTY_TLV);
        for (short i = 0; i < (short) big.length; i++)
            big[i] = (byte) i;
        tag.init((byte) 1, (short) 3);
        Objects.expect(tlv.init(tag, big, (short) 1, (short) 2) == 4
                && tlv.getTag() == tag && tlv.getLength() == 2);
        Objects.expect(says(tlv, new byte[] {0x43, 2, 1, 2}));
        Objects.expect(tlv.appendValue(big, (short) 9, (short) 1) == 5
                && says(tlv, new byte[] {0x43, 3, 1, 2, 9}));
        Objects.expect(tlv.replaceValue(big, (short) 7, (short) 1) == 3
                && says(tlv, new byte[] {0x43, 1, 7}));
        Objects.expect(tlv.appendValue(big, (short) 0, (short) 2) == 5
                && says(tlv, new byte[] {0x43, 3, 7, 0, 1}));
        Objects.expect(tlv.replaceValue(big, (short) 0, (short) 0) == 2);
        Objects.expect(tlv.replaceValue(big, (short) 0, (short) 300) == 304
                && tlv.appendValue(big, (short) 0, (short) 200) == 504
                && tlv.getValue(out, (short) 7) == 500 && out[8] == 1
                && out[506] == (byte) 199 && tlv.getLength() == 500);
        tag.init((byte) 2, (short) 200); /* the TLV's tag is this object */
        Objects.expect(tlv.size() == 506 && tlv.toBytes(out, (short) 0) == 506
                && out[0] == (byte) 0x9F && out[3] == (byte) 0x82);
        Objects.expect(tlv.init(PRIMITIVE, (short) 0, (short) 3) == 3
                && tlv.getTag() != tag && tlv.getTag().tagNumber() == 0);
    }

    // API: javacardx.framework.tlv.ConstructedBERTLV.<init>
    // API: javacardx.framework.tlv.ConstructedBERTLV.init
    // API: javacardx.framework.tlv.ConstructedBERTLV.append
    // API: javacardx.framework.tlv.ConstructedBERTLV.delete
    private void trees() {
        ConstructedBERTLV all = (ConstructedBERTLV) of(NESTED);
        ConstructedBERTag tag = new ConstructedBERTag();
        ConstructedBERTLV mine = new ConstructedBERTLV((short) 0);
        BERTLV leaf = of(PRIMITIVE);

        Objects.expect(says(all, NESTED) && all.getLength() == 10);
        Objects.expect(reasonOf((byte) 14, null, null)
                == TLVException.EMPTY_TLV);
        tag.init((byte) 1, (short) 1);
        Objects.expect(mine.init(tag, leaf) == 5 && mine.getTag() == tag
                && says(mine, new byte[] {0x61, 3, (byte) 0x80, 1, 5}));
        for (byte i = 0; i < 5; i++)
            Objects.expect(mine.append(leaf) == (short) (8 + 3 * i));
        ((PrimitiveBERTLV) leaf).appendValue(big, (short) 0, (short) 1);
        Objects.expect(mine.size() == 26 && mine.getLength() == 24);
        Objects.expect(mine.append(all) == 38);
        Objects.expect(mine.delete(leaf, (short) 2) == 34
                && mine.delete(leaf, (short) 5) == 30
                && mine.delete(all, (short) 1) == 18 && mine.size() == 18);
        Objects.expect(reasonOfChange((byte) 0, mine, leaf)
                == TLVException.INVALID_PARAM
                && reasonOfChange((byte) 1, mine, leaf)
                == TLVException.INVALID_PARAM
                && reasonOfChange((byte) 2, mine, all)
                == TLVException.INVALID_PARAM && mine.size() == 18);
        Objects.expect(mine.init(tag, NESTED, (short) 2, (short) 10) == 12
                && mine.init(tag, NESTED, (short) 0, (short) 0) == 2
                && mine.find(null) == null);
        Objects.expect(reasonOfChange((byte) 3, mine, leaf)
                == TLVException.MALFORMED_TLV
                && reasonOfChange((byte) 4, mine, leaf)
                == TLVException.MALFORMED_TLV);
        Objects.expect(mine.init(NESTED, (short) 0, (short) 12) == 12
                && says(mine, NESTED));
    }

    private short reasonOfChange(byte what, ConstructedBERTLV to, BERTLV one) {
        ConstructedBERTag tag = new ConstructedBERTag();
        try {
            tag.init((byte) 1, (short) 1);
            switch (what) {
            case 0: to.delete(one, (short) 0); break;
            case 1: to.delete(one, (short) 9); break;
            case 2: to.delete(one, (short) 1); break;
            case 3: to.init(tag, NESTED, (short) 2, (short) 9); break;
            case 4: to.init(PRIMITIVE, (short) 0, (short) 3); break;
            case 5: to.append(one); break;
            case 6: to.init(tag, one); break;
            case 7: to.findNext(null, one, (short) 1); break;
            default: to.append(null);
            }
        } catch (TLVException e) {
            return e.getReason();
        } catch (NullPointerException e) {
            return 100;
        }
        return 0;
    }

    // API: javacardx.framework.tlv.ConstructedBERTLV.find
    // API: javacardx.framework.tlv.ConstructedBERTLV.findNext
    private void search() {
        ConstructedBERTLV all = (ConstructedBERTLV) of(NESTED);
        BERTLV first = all.find(null);
        BERTLV second = all.findNext(null, first, (short) 1);
        PrimitiveBERTag tag = new PrimitiveBERTag();

        Objects.expect(first instanceof PrimitiveBERTLV && first.size() == 3
                && second instanceof ConstructedBERTLV && second.size() == 7
                && all.findNext(null, second, (short) 1) == null);
        Objects.expect(all.find(second.getTag()) == second);
        Objects.expect(all.find(tag) == null); /* empty: like no other */
        tag.init((byte) 2, (short) 1);
        Objects.expect(all.find(tag) == null
                && ((ConstructedBERTLV) second).find(tag).size() == 5);
        tag.init((byte) 2, (short) 0);
        Objects.expect(all.find(tag) == first
                && all.findNext(tag, first, (short) 1) == null);
        all.append(first);
        Objects.expect(all.findNext(tag, first, (short) 1) == first
                && all.findNext(null, first, (short) 2) == null);
        Objects.expect(reasonOfChange((byte) 7, all, of(PRIMITIVE))
                == TLVException.INVALID_PARAM);
        Objects.expect(new ConstructedBERTLV((short) 3).find(null) == null);
    }

    private void circles() {
        ConstructedBERTLV a = (ConstructedBERTLV) of(NESTED);
        ConstructedBERTLV b = (ConstructedBERTLV) of(NESTED);

        Objects.expect(reasonOfChange((byte) 5, a, a)
                == TLVException.INVALID_PARAM);
        b.append(a);
        Objects.expect(reasonOfChange((byte) 5, a, b)
                == TLVException.INVALID_PARAM
                && reasonOfChange((byte) 6, a, b)
                == TLVException.INVALID_PARAM && says(a, NESTED));
        Objects.expect(reasonOfChange((byte) 5, a, new PrimitiveBERTLV(
                (short) 1)) == TLVException.EMPTY_TLV);
        Objects.expect(reasonOfChange((byte) 8, a, a) == 100);
    }

    private void transactions() {
        ConstructedBERTLV all = (ConstructedBERTLV) of(NESTED);
        PrimitiveBERTLV leaf = (PrimitiveBERTLV) all.find(null);

        JCSystem.beginTransaction();
        leaf.replaceValue(big, (short) 0, (short) 100);
        all.append(of(PRIMITIVE));
        all.delete(leaf, (short) 1);
        Objects.expect(all.size() == 12);
        JCSystem.abortTransaction();
        Objects.expect(says(all, NESTED));
        JCSystem.beginTransaction();
        leaf.appendValue(big, (short) 0, (short) 100);
        all.append(of(PRIMITIVE));
        JCSystem.commitTransaction();
        Objects.expect(all.size() == 115);
    }

    /* 31 levels go; what makes more is refused and changes nothing. */
    private void deep() {
        byte[] bytes = new byte[80];
        ConstructedBERTLV outer = (ConstructedBERTLV) of(NESTED);
        short n = 2;

        bytes[78] = (byte) 0xA0;
        for (byte i = 1; i < 31; i++, n += 2) {
            bytes[(short) (78 - n)] = (byte) 0xA0;
            bytes[(short) (79 - n)] = (byte) n;
        }
        BERTLV tlv = BERTLV.getInstance(bytes, (short) (80 - n), n);
        Objects.expect(tlv.size() == n && tlv.toBytes(out, (short) 0) == n
                && Util.arrayCompare(out, (short) 0, bytes, (short) (80 - n),
                        n) == 0);
        Objects.expect(reasonOfChange((byte) 5, outer, tlv) == 0);
        Objects.expect(reasonOfChange((byte) 5, (ConstructedBERTLV) of(NESTED),
                outer) == TLVException.ILLEGAL_SIZE);
        for (byte i = 31; i < 35; i++, n += 2) {
            bytes[(short) (78 - n)] = (byte) 0xA0;
            bytes[(short) (79 - n)] = (byte) n;
        }
        try {
            BERTLV.getInstance(bytes, (short) (80 - n), n);
            fail();
        } catch (TLVException e) {
            Objects.expect(e.getReason() == TLVException.ILLEGAL_SIZE);
        }
    }

    private void begin() {
        kept.init(new byte[] {(byte) 0x81, 2, 1, 2}, (short) 0, (short) 4);
        list.init(new byte[] {(byte) 0xA2, 3, (byte) 0x80, 1, 5}, (short) 0,
                (short) 5);
    }
}
