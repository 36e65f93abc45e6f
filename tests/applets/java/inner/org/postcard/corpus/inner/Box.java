package org.postcard.corpus.inner;

/* Generics: bridges, bounds, and what erasure leaves of them. */
class Box<T> {
    protected T held;

    void put(T value) {
        held = value;
    }

    T get() {
        return held;
    }

    Box<T> self() {
        return this;
    }

    static <A extends Task> short runs(Box<? extends A> box, short with) {
        return box.get().run(with);
    }

    static class Tasks extends Box<Task> {
        short puts;

        @Override
        void put(Task value) {
            puts++;
            super.put(value);
        }

        /* More special than what it overrides: also a bridge. */
        @Override
        Task.Twice get() {
            return held instanceof Task.Twice ? (Task.Twice) held : null;
        }

        @Override
        Tasks self() {
            return this;
        }
    }

    interface Order<V> {
        short compare(V a, V b);
    }

    static class BySize implements Order<Box<Task>> {
        public short compare(Box<Task> a, Box<Task> b) {
            return (short) (a.held.run((short) 1) - b.held.run((short) 1));
        }
    }
}
