package org.postcard.corpus.inner;

interface Task {
    short run(short with);

    interface Source {
        Task next();
    }

    class Twice implements Task {
        public short run(short with) {
            return (short) (with * 2);
        }
    }
}
