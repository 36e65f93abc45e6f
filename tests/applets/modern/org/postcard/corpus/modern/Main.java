package org.postcard.corpus.modern;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

/* What Java has gained since 8 and a card can still run. */
public class Main extends CaseApplet {
    static class Node {
        private final short value;
        private final Node next;

        private Node(short value, Node next) {
            this.value = value;
            this.next = next;
        }
    }

    static final class Leaf extends Node {
        private Leaf() {
            super((short) 3, null);
        }
    }

    private static final short[] VALUES = {-2, 0, 1, 2, 5, 9};

    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    private static short chosen(short v) {
        return switch (v) {
        case 0, 1 -> (short) 10;
        case 2 -> {
            short r = v;
            r += 5;
            yield r;
        }
        case 5 -> (short) (v * 3);
        default -> (short) -v;
        };
    }

    private static void expressions(Log log) {
        for (var v : VALUES) {
            log.put(chosen(v));
            switch (v) {
            case -2 -> log.mark((short) 1);
            case 9 -> log.mark((short) 2);
            default -> {
                var twice = (short) (v * 2);
                log.put(twice);
            }
            }
        }
    }

    private static short told(Object o) {
        if (o instanceof Leaf l && ((Node) l).next == null)
            return 1;
        if (!(o instanceof Node n))
            return 2;
        return (short) (n.value * 10);
    }

    private static void patterns(Log log) {
        Object[] all = {new Node((short) 4, new Leaf()), null, VALUES};
        for (Object o : all)
            log.put(told(o));
        log.put(told(((Node) all[0]).next));
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            expressions(log);
            return true;
        case 1:
            patterns(log);
            return true;
        default:
            return false;
        }
    }
}
