package org.postcard.corpus.exceptions;

import org.postcard.corpus.base.Log;

/* finally in its forms: passed, returned through, left early, thrown in. */
final class Finally {
    private static Log log;
    private static short field;

    private Finally() {
    }

    private static short step(short n) {
        log.mark(n);
        return n;
    }

    private static void fail(short n) throws Trouble {
        if (n > 1)
            throw new DeepTrouble((byte) n);
        if (n == 1)
            throw new Trouble(n);
    }

    private static short simple(short n) throws Trouble {
        try {
            fail(n);
            step((short) 1);
        } finally {
            step((short) 2);
        }
        return step((short) 3);
    }

    private static short caught(short n) {
        try {
            fail(n);
            return step((short) 1);
        } catch (DeepTrouble e) {
            return step((short) (10 + e.depth));
        } catch (Trouble e) {
            return step((short) (20 + e.getReason()));
        } finally {
            step((short) 2);
        }
    }

    /* The value to return is kept while finally runs. */
    private static short kept(short n) {
        field = n;
        try {
            return field++;
        } finally {
            field = (short) (field * 10);
        }
    }

    @SuppressWarnings("finally")
    private static short overruled(short n) {
        try {
            fail(n);
            return 1;
        } catch (DeepTrouble e) {
            throw e;
        } finally {
            return 2;
        }
    }

    @SuppressWarnings("finally")
    private static short leftByBreak(short n) throws Trouble {
        short r = 0;
        for (short i = 0; i < 5; i++) {
            try {
                if (i == n)
                    fail((short) 1);
                r += 1;
                if (i == 3)
                    continue;
                r += 10;
            } finally {
                r += 100;
                if (i == n)
                    break;
            }
            r += 1000;
        }
        return r;
    }

    private static short jumps(short n) {
        short r = 0;
        outer:
        for (short i = 0; i < 4; i++) {
            for (short j = 0; j < 4; j++) {
                try {
                    try {
                        if (j == n)
                            continue outer;
                        if (i + j == 5)
                            break outer;
                        if (j > i)
                            break;
                        r++;
                    } finally {
                        r += 10;
                    }
                } finally {
                    r += 100;
                }
            }
            r += 1000;
        }
        return r;
    }

    private static short thrownInFinally(short n) throws Trouble {
        try {
            try {
                fail(n);
            } finally {
                if (n < 3)
                    fail((short) (n + 1));
            }
        } catch (DeepTrouble e) {
            return e.depth;
        }
        return 0;
    }

    private static short rethrown(short n) throws Trouble {
        try {
            try {
                fail(n);
            } catch (Trouble e) {
                step(e.getReason());
                e.setReason((short) (e.getReason() + 1));
                throw e;
            } finally {
                step((short) 5);
            }
        } catch (DeepTrouble e) {
            return e.getReason();
        }
        return 9;
    }

    private static short nested(short n) {
        short r = 0;
        try {
            r = 1;
            try {
                r = 2;
                fail(n);
                r = 3;
            } catch (DeepTrouble e) {
                r += 10;
                try {
                    fail((short) (n - 2));
                } catch (DeepTrouble f) {
                    r += 20;
                } finally {
                    r += 40;
                }
            } finally {
                try {
                    r += 80;
                    if (n == 4)
                        throw new Surprise();
                } catch (Surprise e) {
                    r += 160;
                }
            }
            r += 320;
        } catch (Trouble e) {
            r += 640;
        }
        return r;
    }

    static void all(Log to) {
        log = to;
        for (short n = 0; n < 5; n++) {
            try {
                log.put(simple(n));
            } catch (Trouble e) {
                log.threw(e);
            }
            log.put(caught(n));
            log.put(kept(n));
            log.put(field);
        }
        log = null;
    }

    static void more(Log to) {
        log = to;
        for (short n = 0; n < 5; n++) {
            log.put(overruled(n));
            try {
                log.put(leftByBreak(n));
            } catch (Exception e) {
                log.threw(e);
            }
            log.put(jumps(n));
            log.put(nested(n));
            try {
                log.put(thrownInFinally(n));
            } catch (Trouble e) {
                log.threw(e);
            }
            try {
                log.put(rethrown(n));
            } catch (Trouble e) {
                log.threw(e);
            }
        }
        log = null;
    }
}
