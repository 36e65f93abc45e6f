package org.postcard.modern;

import java.util.List;
import java.util.function.Supplier;

/** What Java has learnt since: each marked line is refused, as what it is. */
public class Modern {
    static final short LIMIT = 5;

    static Object concatenation(short a) {
        return "a" + a; // refused: string concatenation
    }

    static Object constant() {
        return "a"; // refused: String
    }

    static short switchOnString(String s) {
        switch (s) { // refused: String
        case "a":
            return 1;
        default:
            return 2;
        }
    }

    static Runner lambda(short k) {
        return () -> k; // refused: a lambda expression
    }

    static Runner reference() {
        return Modern::answer; // refused: a method reference
    }

    static short answer() {
        return 42;
    }

    static short loops(short[] array) {
        short sum = 0;
        for (short s : array)
            sum += s;
        if (sum + array[0] > LIMIT) // refused: the result of +
            sum++;
        return sum;
    }

    static short collection(List<Object> list) {
        short n = 0; // refused: java.util.List
        for (Object o : list) // refused: the enhanced for
            n++;
        return n;
    }

    static Object boxed(short a) {
        Short s = a; // refused: numbers as objects
        return s;
    }

    static short wide(short a) {
        long l = a; // refused: long
        l = l * 3 + 1; // refused: long
        boolean b = l > 7 && a / 3 > 2; // refused: long
        float f = a; // refused: float
        double d = f / 3.0; // refused: float
        char c = (char) a; // refused: char
        if (b && d > c) // refused: float
            a++;
        if (a * 2 > a) // refused: the result of *
            a--;
        return a;
    }

    static void threads(Object o) {
        synchronized (o) { // refused: threads
            o.equals(o);
        } // refused: threads
    }

    static short kind(Object o) {
        if (o instanceof Runner r)
            return r.run();
        return o.getClass() == Modern.class ? LIMIT : 0; // refused: class literals
    }

    static byte[] copied(byte[] a) {
        byte[][] two = new byte[2][2]; // refused: arrays of more than one
        two[0] = a;
        byte[] b = a.clone(); // refused: method clone of an array
        System.arraycopy(a, 0, b, 0, a.length); // refused: java.lang.System
        return b;
    }

    static short resource(Closing c) throws Exception {
        try (Closing d = c) { // refused: try with resources
            return d.run();
        }
    }

    static void traced() {
        try {
            answer();
        } catch (RuntimeException e) {
            e.printStackTrace(); // refused: an exception's stack trace
        }
    }

    enum Color { RED, GREEN } // refused: enum

    static short chosen(Color c) {
        switch (c) { // refused: switch over an enum
        case RED:
            return 1;
        default:
            return 2;
        }
    }

    record Pair(short a, short b) { // refused: record
    }

    static short first(Pair p) {
        return p.a();
    }

    sealed interface Shape permits Circle, Square {
    }

    record Circle(short r) implements Shape { // refused: record
    }

    static final class Square implements Shape {
        short side;
    }

    interface Runner {
        short run();
    }

    /* Told without a line, which a class file does not give here. */
    interface Closing extends Runner, AutoCloseable {
    }

    interface Helping {
        default short help() {
            return 1; // refused: an interface on a card
        }

        static short also() {
            return 2; // refused: an interface on a card
        }

        private short inside() {
            return 3; // refused: an interface on a card
        }
    }

    static <T extends Runner> T generic(T t) {
        t.run();
        return t;
    }

    @Deprecated
    static short objects(Object... all) {
        return (short) all.length;
    }

    static short several() {
        return objects(new Square(), null, generic(new Runner() {
            public short run() {
                return 7;
            }
        }));
    }

    @interface Mark {
        short value();
    }
}
