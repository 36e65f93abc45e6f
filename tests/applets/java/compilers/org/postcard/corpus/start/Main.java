package org.postcard.corpus.start;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

/** Fields that start with what can be computed before, asserts, loops. */
public class Main extends CaseApplet {
    static final short A = 5;
    static short b = (short) (A * 3);
    static short c = (short) (b + 1 << 2);
    static byte[] table = {1, -2, 3};
    static short length = (short) table.length;
    static short[] squares = new short[10];
    static boolean yes = c > 10;
    static byte other = Other.x;
    static final byte[] EMPTY = {};
    static final boolean[] FLAGS = {true, false, true};
    static short wrapped = (short) 40000;
    static byte quotient = (byte) (-7 / 2 * 10 + -7 % 2);
    static Object nothing = null;

    static short sum;
    static byte half;

    static {
        for (short i = 0; i < squares.length; i++)
            squares[i] = (short) (i * i * (i % 2 == 0 ? 1 : -1));
        table[1] += 9;
        byte[] later = new byte[2];
        later[0] = (byte) (squares[9] >> 1);
        half = later[0];
        sum = 0;
        for (short s : squares)
            sum += s;
    }


    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    protected boolean run(short number, Log log) {
        short a = log.s();
        switch (number) {
        case 0:
            log.put(b);
            log.put(c);
            log.put(length);
            log.put(yes);
            log.put(other);
            log.put(wrapped);
            log.put(quotient);
            log.put(sum);
            log.put(half);
            log.put(nothing == null);
            log.put(FLAGS[0]);
            log.put(FLAGS[1]);
            log.put((short) EMPTY.length);
            break;
        case 1:
            log.put(table[a]);
            break;
        case 2:
            log.put(squares[a]);
            break;
        case 3:
            log.put(asserted(a));
            break;
        case 4:
            log.put(looped(a));
            break;
        default:
            return false;
        }
        return true;
    }

    static short asserted(short a) {
        assert a > 3 : "too small: " + a;
        assert table != null;
        return a;
    }

    static short looped(short a) {
        short n = 0;
        for (byte x : table)
            n += x;
        for (int i = 0; i < a && i < squares.length; i++)
            n += squares[i];
        int k = squares.length - 1;
        while (k >= 0)
            n ^= squares[k--];
        return n;
    }
}
