package org.postcard.sidebyside.thief;

import javacard.framework.Shareable;
import org.postcard.corpus.base.Log;
import org.postcard.sidebyside.board.Board;
import org.postcard.sidebyside.board.Plain;
import org.postcard.sidebyside.board.Service;
import org.postcard.sidebyside.board.Thing;

/* Each instruction that the firewall watches, on what another owns. */
final class Touch {
    private static Object copy;
    private Object field;
    private final Object[] cells = new Object[1];

    boolean run(short step, Log log) {
        short last = last(step);
        for (short i = first(step); i < last; i++)
            try {
                touch(i, log);
            } catch (Exception e) {
                log.threw(e);
            }
        return step < 4;
    }

    private static short first(short step) {
        return (short) (step * 10);
    }

    private static short last(short step) {
        return step < 4 ? (short) (step * 10 + 10) : (short) 0;
    }

    private void touch(short n, Log log) {
        if (n < 10)
            arrays(n, log);
        else if (n < 20)
            objects(n, log);
        else if (n < 30)
            types(n, log);
        else
            free(n, log);
    }

    private void arrays(short n, Log log) {
        switch (n) {
        case 0:
            log.put(Board.bytes[0]);
            return;
        case 1:
            Board.bytes[0] = 9;
            break;
        case 2:
            log.put((short) Board.bytes.length);
            return;
        case 3:
            log.put(Board.shorts[1]);
            return;
        case 4:
            Board.shorts[1]++;
            break;
        case 5:
            log.put(Board.flags[0]);
            return;
        case 6:
            log.put(Board.objects[0] == null);
            return;
        case 7:
            Board.objects[0] = this;
            break;
        case 8:
            log.put(Board.lost[0]);
            return;
        default:
            log.put(Board.bytes[100]);
            return;
        }
        log.mark((short) 1);
    }

    private void objects(short n, Log log) {
        switch (n) {
        case 10:
            log.put(Board.thing.b);
            return;
        case 11:
            Board.thing.s = 1;
            break;
        case 12:
            Board.thing.o = this;
            break;
        case 13:
            log.put(Board.thing.answer());
            return;
        case 14:
            log.put(Board.plain.answer());
            return;
        case 15:
            throw Board.error;
        case 16:
            log.put(((Service) Board.service).add((short) 1, (short) 2));
            return;
        case 17:
            log.put(Board.thing.equals(Board.thing));
            return;
        case 18:
            log.put(Board.bytes.equals(Board.bytes));
            return;
        default:
            log.put(Board.lostOnDeselect[0]);
            return;
        }
        log.mark((short) 1);
    }

    private void types(short n, Log log) {
        switch (n) {
        case 20:
            log.put(Board.object instanceof Thing);
            return;
        case 21:
            field = (Thing) Board.object;
            break;
        case 22:
            log.put(Board.object instanceof Plain);
            return;
        case 23:
            field = (Plain) Board.object;
            break;
        case 24:
            log.put(Board.service instanceof Service);
            return;
        case 25:
            log.put((Object) Board.bytes instanceof byte[]);
            return;
        case 26:
            field = (Object[]) (Object) Board.objects;
            break;
        case 27:
            log.put((Object) Board.service instanceof Plain);
            return;
        case 28:
            log.put((Object) Board.service instanceof Shareable);
            return;
        default:
            log.put((Object) Board.service instanceof Thing);
            return;
        }
        log.mark((short) 1);
    }

    /* What nobody watches. */
    private void free(short n, Log log) {
        switch (n) {
        case 30:
            field = Board.bytes;
            break;
        case 31:
            cells[0] = Board.thing;
            break;
        case 32:
            copy = Board.object;
            break;
        case 33:
            log.put(Board.thing == null);
            return;
        case 34:
            log.put(Board.thing == Board.object);
            return;
        case 35:
            Board.object = field;
            break;
        case 36:
            log.put(pass(Board.thing) == copy);
            return;
        case 37:
            cells[0] = null;
            break;
        case 38:
            log.put((Object) null instanceof Thing);
            return;
        default:
            field = (Thing) null;
            break;
        }
        log.mark((short) 1);
    }

    private static Object pass(Object o) {
        return o;
    }
}
