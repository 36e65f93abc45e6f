package org.postcard.test.objects;

import javacard.framework.*;
import javacardx.framework.string.StringUtil;

/**
 * StringUtil.  The data of a command are texts, a length before each; the
 * answer is what was copied, or a number.
 */
class Strings {
    private static final short ROOM = 200;
    private static final byte MARK = (byte) 0x5C;

    private final short[] shorts = new short[6];
    private final byte[] target = new byte[ROOM];

    private static short truth(boolean is) {
        return (short) (is ? 1 : 0);
    }

    /** The place of the length of text `i`. */
    private static short place(byte[] data, byte i) {
        short at = 0;
        for (; i > 0; i--)
            at += (short) (1 + (data[at] & 0xFF));
        return at;
    }

    private static short at(byte[] data, byte i) {
        return (short) (place(data, i) + 1);
    }

    private static short length(byte[] data, byte i) {
        return (short) (data[place(data, i)] & 0xFF);
    }

    // API: javacardx.framework.string.StringUtil.codePointCount
    // API: javacardx.framework.string.StringUtil.codePointAt
    // API: javacardx.framework.string.StringUtil.codePointBefore
    // API: javacardx.framework.string.StringUtil.offsetByCodePoints
    // API: javacardx.framework.string.StringUtil.check
    // API: javacardx.framework.string.StringUtil.substring
    // API: javacardx.framework.string.StringUtil.toLowerCase
    // API: javacardx.framework.string.StringUtil.toUpperCase
    // API: javacardx.framework.string.StringUtil.trim
    // API: javacardx.framework.string.StringUtil.convertTo
    // API: javacardx.framework.string.StringUtil.convertFrom
    /** One text, p2, and for two methods the first byte of the second text. */
    short one(byte what, byte p2, byte[] d, byte[] out) {
        short at = at(d, (byte) 0);
        short n = length(d, (byte) 0);
        switch (what) {
        case 0: return Objects.tell(StringUtil.codePointCount(d, at, n), out);
        case 1: return StringUtil.codePointAt(d, at, n, p2, out, (short) 0);
        case 2: return StringUtil.codePointBefore(d, at, n, p2, out, (short) 0);
        case 3:
            return Objects.tell(StringUtil.offsetByCodePoints(d, at, n, p2,
                    d[at(d, (byte) 1)]), out);
        case 4: return Objects.tell(truth(StringUtil.check(d, at, n)), out);
        case 5:
            return StringUtil.substring(d, at, n, p2, d[at(d, (byte) 1)], out,
                    (short) 0);
        case 6: return StringUtil.toLowerCase(d, at, n, out, (short) 0);
        case 7: return StringUtil.toUpperCase(d, at, n, out, (short) 0);
        case 8: return StringUtil.trim(d, at, n, out, (short) 0);
        case 9: return StringUtil.convertTo(d, at, n, out, (short) 0, p2);
        case 10: return StringUtil.convertFrom(d, at, n, out, (short) 0, p2);
        default: return 0;
        }
    }

    // API: javacardx.framework.string.StringUtil.compare
    // API: javacardx.framework.string.StringUtil.indexOf
    // API: javacardx.framework.string.StringUtil.startsWith
    // API: javacardx.framework.string.StringUtil.endsWith
    // API: javacardx.framework.string.StringUtil.replace
    /** Two texts or three, and p2. */
    short more(byte what, byte p2, byte[] d, byte[] out) {
        short at = at(d, (byte) 0);
        short n = length(d, (byte) 0);
        short oat = at(d, (byte) 1);
        short on = length(d, (byte) 1);
        switch (what) {
        case 0:
            return Objects.tell(StringUtil.compare(p2 != 0, d, at, n, d, oat,
                    on), out);
        case 1:
            return Objects.tell(StringUtil.indexOf(d, at, n, d, oat, on), out);
        case 2:
            return Objects.tell(truth(StringUtil.startsWith(d, at, n, d, oat,
                    on, p2)), out);
        case 3:
            return Objects.tell(truth(StringUtil.endsWith(d, at, n, d, oat, on,
                    p2)), out);
        case 4:
            return StringUtil.replace(d, at, n, d, oat, on, d, at(d, (byte) 2),
                    length(d, (byte) 2), out, (short) 0);
        default: return 0;
        }
    }

    // API: javacardx.framework.string.StringUtil.valueOf
    // API: javacardx.framework.string.StringUtil.parseBoolean
    // API: javacardx.framework.string.StringUtil.parseShortInteger
    // API: javacardx.framework.string.StringUtil.parseLongInteger
    /** What the data are a value of, or the other way round. */
    short value(byte what, byte p2, byte[] d, byte[] out) {
        short n = (short) d.length;
        switch (what) {
        case 0: return StringUtil.valueOf(p2 != 0, out, (short) 0);
        case 1:
            return StringUtil.valueOf(Util.getShort(d, (short) 0), out,
                    (short) 0);
        case 2:
            short[] value = new short[(short) (n / 2)];
            for (short i = 0; i < value.length; i++)
                value[i] = Util.getShort(d, (short) (2 * i));
            return StringUtil.valueOf(value, out, (short) 0);
        case 3:
            return Objects.tell(truth(StringUtil.parseBoolean(d, (short) 0, n)),
                    out);
        case 4:
            return Objects.tell(StringUtil.parseShortInteger(d, (short) 0, n),
                    out);
        case 5: return parseLong(p2, d, out);
        default: return 0;
        }
    }

    /** All shorts of the array, though few are written, from p2 on. */
    private short parseLong(byte p2, byte[] d, byte[] out) {
        short i;
        for (i = 0; i < shorts.length; i++)
            shorts[i] = 0x7777;
        try {
            short n = StringUtil.parseLongInteger(d, (short) 0,
                    (short) d.length, shorts, p2);
            for (i = (short) (p2 + n); i < shorts.length; i++)
                Objects.expect(shorts[i] == 0x7777);
            for (i = 0; i < n; i++)
                Util.setShort(out, (short) (2 * i), shorts[(short) (p2 + i)]);
            return (short) (2 * n);
        } finally {
            for (i = 0; i < p2 && i < shorts.length; i++)
                Objects.expect(shorts[i] == 0x7777);
        }
    }

    /**
     * What is refused leaves the target as it was, and may be where the source
     * is: `hostile` asks for the first and `inPlace` for the second.
     */
    short inPlace(byte what, byte[] d) {
        short at = at(d, (byte) 0);
        short n = length(d, (byte) 0);
        switch (what) {
        case 0: return StringUtil.toUpperCase(d, at, n, d, at);
        case 1: return StringUtil.trim(d, at, n, d, at);
        case 2: /* longer, over itself and what is behind it */
            return StringUtil.convertTo(d, at, n, d, (short) (at + 1),
                    StringUtil.UTF_16_BE);
        default:
            return StringUtil.replace(d, at, n, d, at, (short) 1, d, at, n, d,
                    at);
        }
    }

    short over(byte what, byte[] d, byte[] out) {
        short n = inPlace(what, d);
        return Util.arrayCopyNonAtomic(d, (short) 0, out, (short) 0,
                (short) d.length);
    }

    /** Calls with the last bytes of the target, `room` of them. */
    short hostile(byte what, byte room, byte[] d) {
        Util.arrayFillNonAtomic(target, (short) 0, ROOM, MARK);
        try {
            refused(what, (short) (ROOM - room), d);
            Objects.expect(false);
        } finally {
            for (short i = 0; i < ROOM; i++)
                Objects.expect(target[i] == MARK);
        }
        return 0;
    }

    private void refused(byte what, short to, byte[] d) {
        short at = at(d, (byte) 0);
        short n = length(d, (byte) 0);
        switch (what) {
        case 0: StringUtil.codePointAt(d, at, n, (short) 0, target, to); break;
        case 1: StringUtil.codePointBefore(d, at, n, n, target, to); break;
        case 2:
            StringUtil.substring(d, at, n, (short) 0, (short) -1, target, to);
            break;
        case 3: StringUtil.toLowerCase(d, at, n, target, to); break;
        case 4: StringUtil.trim(d, at, n, target, to); break;
        case 5:
            StringUtil.convertTo(d, at, n, target, to, StringUtil.UTF_16);
            break;
        case 6:
            StringUtil.convertFrom(d, at, n, target, to, StringUtil.UTF_8);
            break;
        case 7:
            StringUtil.replace(d, at, n, d, at, (short) 1, d, at, n, target,
                    to);
            break;
        case 8: StringUtil.valueOf(true, target, to); break;
        case 9: StringUtil.valueOf((short) -32768, target, to); break;
        case 10: StringUtil.valueOf(shorts, target, to); break;
        case 11: StringUtil.valueOf(new short[4], target, to); break;
        case 12: StringUtil.codePointCount(null, at, n); break;
        case 13: StringUtil.trim(d, at, n, null, to); break;
        case 14: StringUtil.replace(d, at, n, d, at, n, null, at, n, target, to);
            break;
        case 15: StringUtil.codePointCount(d, at, (short) -1); break;
        case 16: StringUtil.check(d, at, (short) 0x7FFF); break;
        case 17: StringUtil.parseLongInteger(d, at, n, null, to); break;
        case 18: StringUtil.parseLongInteger(d, at, n, shorts, (short) -1);
            break;
        case 19: StringUtil.parseBoolean(null, at, n); break;
        case 20: StringUtil.valueOf(null, target, to); break;
        case 21: StringUtil.toUpperCase(d, at, n, target, (short) -1); break;
        case 22: StringUtil.trim(d, at, (short) 0, target, (short) (ROOM + 1));
            break;
        default: break;
        }
    }
}
