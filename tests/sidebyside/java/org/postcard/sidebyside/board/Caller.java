package org.postcard.sidebyside.board;

/* Calls what Service declares: a package in which nobody does tells nobody
 * of what kind its parameters are. */
public class Caller {
    public static void all(Service s, byte[] array, Object o) {
        short n = s.add((short) 1, (short) 2);
        n += s.first(array);
        s.write(array, n, (byte) n);
        n += s.caller();
        n += s.self();
        s.fail(n);
        s.transaction(n);
        o = s.give();
        n += s.lost(n);
        n += s.back(s);
        n += s.channel();
        n += s.current(n);
        s.keep(o);
    }
}
