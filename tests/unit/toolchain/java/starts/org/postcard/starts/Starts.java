package org.postcard.starts;

/** Start values that only a running card could give. */
public class Starts {
    static Object object = new Object(); // refused: this makes an object

    static short made() {
        return 1;
    }
}

class Calls {
    static short a = Starts.made(); // refused: this calls a method
}

class Shares {
    static byte a = 3;
    static short[] b = {1}, c = b; // refused: two fields share one array
}

class Objects {
    static Object[] a = {null, null}; // refused: this makes an object
}

class Loops {
    static short a = 0;

    static {
        while (a < 5) a = 0; // refused: this takes too long
    }
}

class First {
    static short a = (short) (Second.a + 1);
}

class Second {
    static short a = (short) (First.a + 1); // refused: two classes need
}

class Divides {
    static short zero = 0;
    static short a = (short) (1 / zero); // refused: this divides by zero
}

class Misses {
    static byte[] a = {1, 2};

    static {
        a[2] = 3; // refused: there is no such element
    }
}

class Others {
    static {
        Starts.object = null; // refused: this sets no static field of its own
    }
}

class Wide {
    static {
        long l = Starts.made(); // refused: this calls a method
    }
}
