package org.postcard.corpus.inner;

import org.postcard.corpus.base.Log;

/* Local and anonymous classes, with what they capture. */
class Local {
    private short field = 4;

    private short call(Task t, short with) {
        return t.run(with);
    }

    void anonymous(Log log, final short by) {
        final byte twice = (byte) (by * 2);
        final boolean flag = by > 2;
        final byte[] store = {5, 6};
        Task t = new Task() {
            private short runs;

            public short run(short with) {
                runs++;
                store[0]++;
                field = (short) (field + runs);
                return (short) (with + by * twice + (flag ? store[0] : runs));
            }
        };
        log.put(call(t, (short) 1));
        log.put(call(t, (short) 2));
        log.put(store[0]);
        log.put(field);
        log.put(call(new Task.Twice(), (short) 21));
        log.put(call(new Task.Twice() {
            public short run(short with) {
                return (short) (super.run(with) + by);
            }
        }, (short) 21));
    }

    void local(Log log, final short start) {
        class Count implements Task.Source {
            short n = start;

            Count(short more) {
                n += more + field;
            }

            public Task next() {
                final short now = n++;
                return new Task() {
                    public short run(short with) {
                        n += with;
                        return (short) (now * 100 + start + field);
                    }
                };
            }
        }
        Count c = new Count((short) 3);
        Task first = c.next();
        Task second = c.next();
        log.put(first.run((short) 10));
        log.put(second.run((short) 20));
        log.put(c.n);
        Task.Source s = new Count((short) 0);
        log.put(s.next().run((short) 0));
    }

    static Task made(final short a, final byte b, final boolean c,
                     final Object o) {
        return new Task() {
            public short run(short with) {
                return o == this ? 0 : c ? (short) (a + b) : with;
            }
        };
    }
}
