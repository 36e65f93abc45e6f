package org.postcard.test.objects;

import javacard.framework.*;
import javacardx.framework.time.*;
import javacardx.security.util.MonotonicCounter;

/** Durations, counters, and arrays that this card does not have. */
class Values {
    private TimeDuration time = TimeDuration.getInstance((byte) 0);
    private MonotonicCounter counter =
            MonotonicCounter.getInstance((short) 2, (byte) 0);

    private static short truth(boolean is) {
        return (short) (is ? 1 : 0);
    }

    // API: javacardx.framework.time.TimeDuration.getInstance
    // API: javacardx.framework.time.TimeDuration.getMemoryType
    // API: javacardx.framework.time.TimeDuration.isNegative
    // API: javacardx.framework.time.TimeDuration.abs
    // API: javacardx.framework.time.TimeDuration.neg
    // API: javacardx.framework.time.TimeDuration.reset
    // API: javacardx.framework.time.TimeDuration.compareTo
    // API: javacardx.framework.time.TimeDuration.minus
    // API: javacardx.framework.time.TimeDuration.plus
    // API: javacardx.framework.time.TimeDuration.set
    // API: javacardx.framework.time.TimeDuration.toBytes
    // API: javacardx.framework.time.TimeDuration.getByteLength
    // API: javacardx.framework.time.SysTime.uptime
    // API: javacardx.framework.time.DateTimeException.<init>
    // API: javacardx.framework.time.DateTimeException.throwIt
    /** All that change answer whether the object given is the same. */
    short time(byte what, byte unit, byte[] data, byte[] out) {
        short n = (short) data.length;
        short first = n >= 2 ? Util.getShort(data, (short) 0) : 0;
        TimeDuration other = TimeDuration.getInstance((byte) 1);
        switch (what) {
        case 0: time = TimeDuration.getInstance(unit); return 0;
        case 1:
            time = TimeDuration.getInstance((byte) 2, first, unit);
            return 0;
        case 2: return Objects.tell(time.getMemoryType(), out);
        case 3: return Objects.tell(truth(time.isNegative()), out);
        case 4: return Objects.tell(truth(time.abs() == time), out);
        case 5: return Objects.tell(truth(time.neg() == time), out);
        case 6: return Objects.tell(truth(time.reset() == time), out);
        case 7: return Objects.tell(time.compareTo(first, unit), out);
        case 8: return Objects.tell(truth(time.minus(first, unit) == time), out);
        case 9: return Objects.tell(truth(time.plus(first, unit) == time), out);
        case 10:
            return Objects.tell(truth(time.set(data, (short) 0, n, unit)
                    == time), out);
        case 11: /* as many bytes as given */
            return time.toBytes(out, (short) 0, n, unit);
        case 12: return Objects.tell(time.getByteLength(unit), out);
        case 13:
            other.set(data, (short) 0, n, unit);
            return Objects.tell(time.compareTo(other), out);
        case 14:
            other.set(data, (short) 0, n, unit);
            return Objects.tell(truth(time.plus(other) == time), out);
        case 15:
            other.set(data, (short) 0, n, unit);
            return Objects.tell(truth(time.minus(other) == time), out);
        case 16: return Objects.tell(time.compareTo(null), out);
        case 17: /* time passes */
            SysTime.uptime(time);
            SysTime.uptime(other);
            Objects.expect(other.compareTo(time) > 0 && !time.isNegative());
            SysTime.uptime(time);
            Objects.expect(other.compareTo(time) < 0);
            return 0;
        case 18: SysTime.uptime(null); return 0;
        case 19: SysTime.uptime(time); return 0;
        case 20:
            JCSystem.beginTransaction();
            time.plus((short) 1, TimeDuration.DAYS);
            JCSystem.abortTransaction();
            return 0;
        case 21: DateTimeException.throwIt(first); return 0;
        default: throw new DateTimeException(first);
        }
    }

    // API: javacardx.security.util.MonotonicCounter.getInstance
    // API: javacardx.security.util.MonotonicCounter.getMemoryType
    // API: javacardx.security.util.MonotonicCounter.getSize
    // API: javacardx.security.util.MonotonicCounter.setValue
    // API: javacardx.security.util.MonotonicCounter.get
    // API: javacardx.security.util.MonotonicCounter.incrementBy
    // API: javacardx.security.util.MonotonicCounter.compareTo
    // API: javacardx.security.util.MonotonicCounter.equalsMax
    short counter(byte what, byte p2, byte[] data, byte[] out) {
        short n = (short) data.length;
        switch (what) {
        case 0:
            counter = MonotonicCounter.getInstance(
                    Util.getShort(data, (short) 0), p2);
            return Objects.tell(counter.getMemoryType(), out);
        case 1: return Objects.tell(counter.getSize(), out);
        case 2: counter.setValue(data, (short) 0, n); break;
        case 3: counter.incrementBy(Util.getShort(data, (short) 0)); break;
        case 4:
            return Objects.tell(counter.compareTo(data, (short) 0, n), out);
        case 5:
            MonotonicCounter other = MonotonicCounter.getInstance((short) 8,
                    (byte) 1);
            other.setValue(data, (short) 0, n);
            return Objects.tell(counter.compareTo(other), out);
        case 6: return Objects.tell(truth(counter.equalsMax()), out);
        case 7: return Objects.tell(counter.compareTo(null), out);
        case 8: /* no abort takes it back */
            JCSystem.beginTransaction();
            counter.incrementBy((short) 1);
            JCSystem.abortTransaction();
            break;
        default: return counter.get(data, p2);
        }
        return counter.get(out, (short) 0);
    }

    // API: javacard.framework.SensitiveArrays.isIntegritySensitiveArraysSupported
    // API: javacard.framework.SensitiveArrays.makeIntegritySensitiveArray
    // API: javacard.framework.SensitiveArrays.isIntegritySensitive
    // API: javacard.framework.SensitiveArrays.assertIntegrity
    // API: javacard.framework.SensitiveArrays.clearArray
    short sensitive(byte what, byte[] data, byte[] out) {
        Object object = data.length == 0 ? null : data;
        switch (what) {
        case 0:
            return Objects.tell(truth(
                    SensitiveArrays.isIntegritySensitiveArraysSupported()),
                    out);
        case 1:
            SensitiveArrays.makeIntegritySensitiveArray(
                    JCSystem.ARRAY_TYPE_BYTE, JCSystem.MEMORY_TYPE_PERSISTENT,
                    (short) 4);
            return 0;
        case 2:
            return Objects.tell(truth(
                    SensitiveArrays.isIntegritySensitive(object)), out);
        case 3: SensitiveArrays.assertIntegrity(object); return 0;
        default: return Objects.tell(SensitiveArrays.clearArray(object), out);
        }
    }
}
