package org.postcard.corpus.inner;

import org.postcard.corpus.base.Log;

/* Classes inside a class that use what is private to each other. */
class Outer {
    private short secret = 5;
    private static short shared = 50;
    private byte small = 1;
    private boolean flag;
    private short[] cells = {1, 2, 3};
    private final Log log;

    Outer(Log log) {
        this.log = log;
    }

    private short hidden(short by) {
        return (short) (secret * by);
    }

    private static short hiddenStatic() {
        return ++shared;
    }

    /* An inner class: has an outer instance. */
    class Inner {
        private short secret = 7;
        private final short kept;

        private Inner(short kept) {
            this.kept = kept;
        }

        private short sum() {
            return (short) (secret + Outer.this.secret + kept);
        }

        void work() {
            Outer.this.secret = (short) (Outer.this.secret + 3);
            Outer.this.secret++;
            --Outer.this.secret;
            shared = (short) (shared - 2);
            small++;
            flag = !flag;
            cells[1] += 5;
            log.put(Outer.this.secret++);
            log.put(++small);
            log.put(hidden((short) 3));
            log.put(hiddenStatic());
            log.put(shared);
            log.put(flag);
            log.put(cells[1]);
        }

        class Deeper {
            short all() {
                secret = (short) (secret + 1);
                return (short) (Outer.this.secret * 100 + secret * 10 + kept);
            }
        }
    }

    /* A nested one: has none. */
    static class Nested {
        private short value;
        private static short made;

        private Nested(short value) {
            this.value = value;
            made++;
        }

        private Nested() {
            this((short) 77);
        }

        short of(Outer o) {
            return (short) (o.secret + value + hiddenStatic());
        }

        static short count() {
            return made;
        }
    }

    private static class Below extends Nested {
        private Below() {
            super((short) 8);
        }

        short of(Outer o) {
            return (short) (super.of(o) * 2);
        }
    }

    void inner() {
        Inner i = new Inner((short) 9);
        i.work();
        log.put(i.sum());
        log.put(i.secret);
        i.secret = (short) (i.secret * 30);
        log.put(i.sum());
        Inner.Deeper d = i.new Deeper();
        log.put(d.all());
        log.put(d.all());
        Outer other = new Outer(log);
        other.secret = 1000;
        log.put(other.new Inner((short) 1).sum());
    }

    void nested() {
        Nested a = new Nested();
        Nested b = new Below();
        log.put(a.of(this));
        log.put(b.of(this));
        log.put(a.value);
        a.value = -7;
        log.put(a.value);
        log.put(Nested.made);
        log.put(Nested.count());
        log.put(((Nested) b).value);
    }
}
