package org.postcard.test.objects;

import javacard.framework.*;
import javacardx.framework.math.*;

/** javacardx.framework.math. */
class Numbers {
    private BigNumber number = new BigNumber((short) 8);

    // API: javacardx.framework.math.BCDUtil.getMaxBytesSupported
    // API: javacardx.framework.math.BCDUtil.convertToHex
    // API: javacardx.framework.math.BCDUtil.convertToBCD
    // API: javacardx.framework.math.BCDUtil.isBCDFormat
    // API: javacardx.framework.math.ParityBit.set
    short utilities(byte what, byte p2, byte[] data, byte[] out) {
        short n = (short) data.length;
        switch (what) {
        case 1:
            return BCDUtil.convertToHex(data, (short) 0, n, out, (short) 0);
        case 2:
            return BCDUtil.convertToBCD(data, (short) 0, n, out, (short) 0);
        case 3:
            return Objects.tell((short) (BCDUtil.isBCDFormat(data, (short) 0, n)
                    ? 1 : 0), out);
        case 4:
            ParityBit.set(data, (short) 0, n, p2 != 0);
            return Util.arrayCopy(data, (short) 0, out, (short) 0, n);
        case 5: /* within one array, which the output does not fit */
            return BCDUtil.convertToBCD(data, (short) 0, n, data, (short) p2);
        default:
            return Objects.tell(BCDUtil.getMaxBytesSupported(), out);
        }
    }

    // API: javacardx.framework.math.BigNumber.<init>
    // API: javacardx.framework.math.BigNumber.getMaxBytesSupported
    // API: javacardx.framework.math.BigNumber.setMaximum
    // API: javacardx.framework.math.BigNumber.init
    // API: javacardx.framework.math.BigNumber.add
    // API: javacardx.framework.math.BigNumber.subtract
    // API: javacardx.framework.math.BigNumber.multiply
    // API: javacardx.framework.math.BigNumber.compareTo
    // API: javacardx.framework.math.BigNumber.toBytes
    // API: javacardx.framework.math.BigNumber.getByteLength
    // API: javacardx.framework.math.BigNumber.reset
    short number(byte what, byte format, byte[] data, byte[] out) {
        short n = (short) data.length;
        BigNumber other;
        switch (what) {
        case 0: number = new BigNumber(Util.getShort(data, (short) 0)); break;
        case 1: number.setMaximum(data, (short) 0, n, format); break;
        case 2: number.init(data, (short) 0, n, format); break;
        case 3: number.add(data, (short) 0, n, format); break;
        case 4: number.subtract(data, (short) 0, n, format); break;
        case 5: number.multiply(data, (short) 0, n, format); break;
        case 6:
            return Objects.tell(
                    number.compareTo(data, (short) 0, n, format), out);
        case 7:
            number.toBytes(data, (short) 0, n, format);
            return Util.arrayCopy(data, (short) 0, out, (short) 0, n);
        case 8: return Objects.tell(number.getByteLength(format), out);
        case 9: number.reset(); break;
        case 10:
            other = new BigNumber(n);
            other.init(data, (short) 0, n, format);
            return Objects.tell(number.compareTo(other), out);
        case 11:
            JCSystem.beginTransaction();
            number.add(data, (short) 0, n, format);
            JCSystem.abortTransaction();
            break;
        case 12: number.compareTo(null); break;
        default:
            return Objects.tell(BigNumber.getMaxBytesSupported(), out);
        }
        return 0;
    }
}
