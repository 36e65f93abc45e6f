package org.postcard.test.objects;

import javacard.framework.*;
import javacardx.framework.tlv.*;

/** TLVs in arrays. */
class Tlvs {
    private static short truth(boolean is) {
        return (short) (is ? 1 : 0);
    }

    // API: javacardx.framework.tlv.BERTag.size
    // API: javacardx.framework.tlv.BERTag.tagNumber
    // API: javacardx.framework.tlv.BERTag.isConstructed
    // API: javacardx.framework.tlv.BERTag.tagClass
    // API: javacardx.framework.tlv.BERTag.verifyFormat
    // API: javacardx.framework.tlv.BERTag.getInstance
    // API: javacardx.framework.tlv.BERTag.toBytes
    short tag(byte what, byte at, byte[] data, byte[] out) {
        switch (what) {
        case 1: return Objects.tell(BERTag.size(data, at), out);
        case 2: return Objects.tell(BERTag.tagNumber(data, at), out);
        case 3: return Objects.tell(truth(BERTag.isConstructed(data, at)), out);
        case 4: return Objects.tell(BERTag.tagClass(data, at), out);
        case 5: return Objects.tell(truth(BERTag.verifyFormat(data, at)), out);
        case 6:
            BERTag tag = BERTag.getInstance(data, at);
            Objects.expect(tag.isConstructed() == BERTag.isConstructed(data, at)
                    && tag.tagClass() == BERTag.tagClass(data, at)
                    && tag.tagNumber() == BERTag.tagNumber(data, at)
                    && tag.size() == BERTag.size(data, at));
            Objects.expect(tag instanceof ConstructedBERTag
                    == tag.isConstructed());
            return tag.toBytes(out, (short) 0);
        case 7:
            return BERTag.toBytes(data[0], data[1] != 0,
                    Util.getShort(data, (short) 2), out, (short) 0);
        default: return Objects.tell(BERTag.size(null, at), out);
        }
    }

    // API: javacardx.framework.tlv.BERTLV.verifyFormat
    // API: javacardx.framework.tlv.BERTLV.getTag
    // API: javacardx.framework.tlv.BERTLV.getLength
    // API: javacardx.framework.tlv.BERTLV.getInstance
    // API: javacardx.framework.tlv.BERTLV.size
    // API: javacardx.framework.tlv.BERTLV.toBytes
    // API: javacardx.framework.tlv.BERTLV.init
    // API: javacardx.framework.tlv.PrimitiveBERTLV.getValueOffset
    // API: javacardx.framework.tlv.ConstructedBERTLV.find
    // API: javacardx.framework.tlv.ConstructedBERTLV.findNext
    short tlv(byte what, byte p2, byte[] data, byte[] out) {
        short n = (short) data.length;
        BERTLV tlv;
        switch (what) {
        case 1:
            return Objects.tell(
                    truth(BERTLV.verifyFormat(data, (short) 0, n)), out);
        case 2: return BERTLV.getTag(data, (short) 0, out, (short) 0);
        case 3:
            return Objects.tell(BERTLV.getLength(data, (short) 0), out);
        case 4:
            tlv = BERTLV.getInstance(data, (short) 0, n);
            Objects.expect(tlv.size() == tlv.toBytes(out, (short) 0));
            return tlv.size();
        case 5:
            return Objects.tell(
                    PrimitiveBERTLV.getValueOffset(data, (short) 0), out);
        case 6:
            tlv = new PrimitiveBERTLV((short) 0);
            tlv.init(data, (short) 0, n);
            return tlv.toBytes(out, (short) 0);
        case 7:
            tlv = new ConstructedBERTLV((short) 0);
            tlv.init(data, (short) 0, n);
            return tlv.toBytes(out, (short) 0);
        case 8:
            return Objects.tell(ConstructedBERTLV.find(data, (short) 0, null,
                    (short) 0), out);
        case 9: /* P2 bytes of tag in front */
            return Objects.tell(ConstructedBERTLV.find(data, p2, data,
                    (short) 0), out);
        case 10:
            return Objects.tell(ConstructedBERTLV.findNext(data, (short) 0, p2,
                    null, (short) 0), out);
        default:
            return Objects.tell(BERTLV.getLength(null, (short) 0), out);
        }
    }

    // API: javacardx.framework.tlv.ConstructedBERTLV.append
    // API: javacardx.framework.tlv.PrimitiveBERTLV.appendValue
    // API: javacardx.framework.tlv.PrimitiveBERTLV.toBytes
    short edit(byte what, byte[] data, byte[] out) {
        /* data: where in it the second one begins, then both */
        short second = (short) (data[0] & 0xFF);
        short rest = (short) (data.length - second);
        Util.arrayFillNonAtomic(out, (short) 0, (short) 200, (byte) 0);
        Util.arrayCopy(data, (short) 1, out, (short) 0, (short) (second - 1));
        switch (what) {
        case 1:
            return ConstructedBERTLV.append(data, second, out, (short) 0);
        case 2:
            return PrimitiveBERTLV.appendValue(out, (short) 0, data, second,
                    rest);
        case 3:
            return PrimitiveBERTLV.toBytes(data, (short) 1, data, second, rest,
                    out, (short) 0);
        default: /* no room */
            return ConstructedBERTLV.append(data, (short) 1, data, second);
        }
    }
}
