package org.postcard.corpus.inner;

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {
    public static void install(byte[] b, short at, byte n) {
        new Main();
    }

    private static void generics(Log log) {
        Box<Task> plain = new Box<Task>();
        Box.Tasks tasks = new Box.Tasks();
        plain.put(new Task.Twice());
        Box<Task> seen = tasks;
        seen.put(Local.made((short) 3, (byte) 4, true, plain));
        log.put(tasks.puts);
        log.put(seen.get() == null);
        log.put(seen.self() == tasks);
        log.put(tasks.self().puts);
        log.put(new Box.BySize().compare(plain, tasks));
        Box.Order<Box<Task>> order = new Box.BySize();
        log.put(order.compare(tasks, plain));
        seen.put(plain.get());
        log.put(tasks.get().run((short) 9));
        log.put(Box.runs(plain, (short) 15));
        log.put(Box.runs(tasks, (short) 16));
        try {
            raw(seen, log);
        } catch (ClassCastException e) {
            log.threw(e);
        }
        log.put(tasks.puts);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void raw(Box box, Object no) {
        box.put(no);
    }

    protected boolean run(short number, Log log) {
        switch (number) {
        case 0:
            new Outer(log).inner();
            return true;
        case 1:
            new Outer(log).nested();
            return true;
        case 2:
            new Local().anonymous(log, (short) 3);
            return true;
        case 3:
            new Local().local(log, (short) 11);
            return true;
        case 4:
            generics(log);
            return true;
        default:
            return false;
        }
    }
}
