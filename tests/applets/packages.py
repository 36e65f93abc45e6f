"""Packages of random methods: Java sources, commands, and where each stands.

One package has an applet, classes C0, C1 ... of random methods, their fields
and a few things for them to hold.  Everything follows from a seed.
"""
import random

from expressions import INTERESTING, JAVA, WIDE
from methods import Method

CLASSES = 4
METHODS = 32
VECTORS = 5
NAME = "org.postcard.corpus.random{}"

THINGS = """
    static Thing a, b, c, none;
    private static Oops oops;
    private static OopsMore more;
    private static Fault fault;

    static void make() {
        a = new Thing();
        b = new Sub();
        c = new Sub2();
        oops = new Oops();
        more = new OopsMore();
        fault = new Fault();
    }

    static Oops oops(short reason) {
        if ((reason & 3) == 3)
            return oopsMore(reason);
        oops.setReason(reason);
        return oops;
    }

    static OopsMore oopsMore(short reason) {
        more.setReason(reason);
        return more;
    }

    static Fault fault(short reason) {
        fault.setReason(reason);
        return fault;
    }

    static void reset() {
        a.reset((short) 1);
        b.reset((short) 2);
        c.reset((short) 3);
    }
"""

OTHERS = {
    "Oops": "class Oops extends javacard.framework.UserException {\n}\n",
    "OopsMore": "class OopsMore extends Oops {\n}\n",
    "Fault": "class Fault extends javacard.framework.CardRuntimeException {\n"
             "    Fault() {\n        super((short) 0);\n    }\n}\n",
    "Able": "interface Able {\n    short able(byte b, boolean z);\n}\n",
    "Thing": """class Thing {
    byte fb;
    short fs;

    void reset(short n) {
        fb = (byte) (n * 33);
        fs = (short) (n * 777);
    }

    short get(short x) {
        return (short) (fs - x);
    }
}
""",
    "Sub": """class Sub extends Thing implements Able {
    short more = 9;

    void reset(short n) {
        super.reset((short) (n + 1));
        more = n;
    }

    short get(short x) {
        return (short) (super.get(x) * more);
    }

    public short able(byte b, boolean z) {
        return z ? (short) (b + fb) : more;
    }
}
""",
    "Sub2": """class Sub2 extends Sub {
    public short able(byte b, boolean z) {
        return (short) (b ^ super.able(fb, !z));
    }
}
""",
}

RESET = """
    static void reset() {
        sz0 = false;
        sz1 = true;
        sb0 = 5;
        sb1 = -100;
        ss0 = 1;
        ss1 = -2;
        ss2 = 30000;
        for (short i = 0; i < 8; i++) {
            sza[i] = (i & 1) == 0;
            sba[i] = (byte) (i * 37);
            sba[(short) (i + 8)] = (byte) -i;
            ssa[i] = (short) (i * 4099);
        }
        Things.reset();
    }

    void resetOwn() {
        oz = true;
        ob = -7;
        os0 = 300;
        os1 = -301;
        for (short i = 0; i < 4; i++) {
            oza[i] = i == 2;
            oba[i] = (byte) (i - 2);
            oba[(short) (i + 4)] = 0;
            osa[i] = (short) (i << 12);
            osa[(short) (i + 4)] = (short) -i;
        }
    }

    static short sum(short h, short v) {
        return (short) (h * 31 + v);
    }

    short state() {
        short h = sz0 ? (short) 3 : (short) 5;
        h = sum(h, sz1 ? (short) 1 : (short) 0);
        h = sum(h, oz ? (short) 1 : (short) 0);
        h = sum(sum(sum(h, sb0), sb1), ob);
        h = sum(sum(sum(h, ss0), ss1), ss2);
        h = sum(sum(h, os0), os1);
        for (short i = 0; i < 8; i++)
            h = sum(sum(sum(h, ssa[i]), sba[i]), sba[(short) (i + 8)]);
        for (short i = 0; i < 8; i++)
            h = sum(sum(sum(h, osa[i]), oba[i]), sza[i] ? (short) 1 : 0);
        for (short i = 0; i < 4; i++)
            h = sum(h, oza[i] ? (short) 1 : 0);
        h = sum(sum(h, Things.a.fs), Things.b.fs);
        return sum(h, Things.c.fs);
    }
"""

FIELDS = """
    static boolean sz0, sz1;
    static byte sb0, sb1;
    static short ss0, ss1, ss2;
    static final boolean[] sza = new boolean[8];
    static final byte[] sba = new byte[16];
    static final short[] ssa = new short[8];
    static final boolean[] KZA = {true, false, false, true};
    static final byte[] KBA = {0, 1, -1, 127, -128, 64, 3, 10};
    static final short[] KSA = {0, 1, -1, 32767, -32768, 256, -129, 1000};
    private boolean oz;
    private byte ob;
    private short os0, os1;
    private final boolean[] oza = new boolean[4];
    private final byte[] oba = new byte[8];
    private final short[] osa = new short[8];
"""

INT_FIELDS = """
    static int si0, si1;
    static final int[] sia = new int[8];
    static final int[] KIA = {0, -1, 2147483647, -65537};
    private int oi;
    private final int[] oia = new int[4];

    static void resetInt() {
        si0 = 70000;
        si1 = -1;
        for (short i = 0; i < 8; i++)
            sia[i] = i * 1000003;
    }

    void resetOwnInt() {
        oi = 0x12345678;
        for (short i = 0; i < 4; i++)
            oia[i] = -i;
    }

    int stateInt() {
        int h = si0 * 31 + si1;
        h = h * 31 + oi;
        for (short i = 0; i < 8; i++)
            h = h * 31 + sia[i];
        for (short i = 0; i < 4; i++)
            h = h * 31 + oia[i];
        return h;
    }
"""

MAIN = """
import javacard.framework.JCSystem;
import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {
    public static void install(byte[] b, short at, byte n) {
        new Main();
        Things.make();
%s
    }

    protected boolean run(short number, Log log) {
        switch ((short) (number / %d)) {
%s
        default:
            return false;
        }
    }
}
"""


class Class:
    """Methods with the fields they use; knows the line of each."""

    def __init__(self, package, number):
        self.package = package
        self.name = f"C{number}"
        self.methods = []
        self.starts = []
        for i in range(METHODS):
            self.methods.append(self.method(i))

    def method(self, i, careful=False):
        p = self.package
        seed = f"{p.seed}/{p.number}/{self.name}/{i}"
        before = self.methods[max(0, i - 12):i]
        return Method(seed, f"m{i}", before, p.with_int, p.risky, careful)

    def dispatch(self):
        own = "".join(f"        case {i}:\n            {self.call(m)}\n"
                      "            break;\n"
                      for i, m in enumerate(self.methods))
        ints = "\n        resetInt();\n        me.resetOwnInt();" \
            if self.package.with_int else ""
        state = "log.put(me.state());"
        if self.package.with_int:
            state += "\n            log.put(me.stateInt());"
        return f"""
    private static {self.name} me;

    static void make() {{
        me = new {self.name}();
    }}

    static boolean run(short number, Log log) {{
        for (short i = 0; i < {VECTORS}; i++) {{
            prepare();
            try {{
                call(number, log);
            }} catch (Exception e) {{
                log.threw(e);
            }}
            {state}
        }}
        return true;
    }}

    private static void prepare() {{
        reset();
        me.resetOwn();{ints}
    }}

    private static void call(short number, Log log) throws Oops {{
        switch (number) {{
{own}
        default:
            break;
        }}
    }}
"""

    @staticmethod
    def call(m):
        arguments = ", ".join(f"log.{p}()" for p in m.parameters)
        owner = "" if m.is_static else "me."
        return f"log.put({owner}{m.name}({arguments}));"

    def source(self):
        head = (f"package {self.package.name};\n\n"
                "import org.postcard.corpus.base.Log;\n\n"
                f"class {self.name} {{" + FIELDS
                + (INT_FIELDS if self.package.with_int else "") + RESET)
        lines = (head + self.dispatch()).split("\n")
        self.starts = []
        for m in self.methods:
            lines.append("")
            self.starts.append(len(lines) + 1)
            lines += m.lines
        return "\n".join(lines + ["}", ""])

    def at(self, line):
        """Index of the method with this line, and the line within it."""
        for i, start in reversed(list(enumerate(self.starts))):
            if line >= start:
                return i, line - start
        return None, line


class Package:
    def __init__(self, seed, number, with_int, risky):
        self.seed = seed
        self.number = number
        self.with_int = with_int
        self.risky = risky
        self.name = NAME.format(number)
        self.aid = f"F0504F5352{number:04X}"
        self.classes = [Class(self, i) for i in range(CLASSES)]

    def sources(self):
        """(file name, text) of each."""
        cases = "\n".join(
            f"        case {i}:\n            return C{i}.run((short) "
            f"(number % {METHODS}), log);" for i in range(CLASSES))
        makes = "\n".join(f"        C{i}.make();" for i in range(CLASSES))
        yield "Main", f"package {self.name};\n" + MAIN % (makes, METHODS, cases)
        yield "Things", f"package {self.name};\n\nclass Things {{{THINGS}}}\n"
        for name, text in OTHERS.items():
            yield name, f"package {self.name};\n\n{text}"
        for c in self.classes:
            yield c.name, c.source()

    def vectors(self, c, i):
        """The arguments for one method, a list a call."""
        r = random.Random(f"{self.seed}/{self.number}/{c}/{i}/arguments")
        m = self.classes[c].methods[i]
        return [[argument(r, p) for p in m.parameters]
                for _ in range(VECTORS)]

    def command(self, c, i):
        data = b"".join(v.to_bytes(4, "big", signed=True)
                        for vector in self.vectors(c, i) for v in vector)
        head = bytes((0x80, 0x01)) + (c * METHODS + i).to_bytes(2, "big")
        body = bytes((len(data),)) + data if data else b""
        return (head + body + b"\0").hex().upper()


def argument(r, kind):
    bits = {"z": 1, "b": 8, "s": 16, "i": 32}[kind]
    choice = r.random()
    if choice < 0.3:
        value = r.randint(-10, 10)
    elif choice < 0.7 or kind != "i":
        value = r.choice(INTERESTING)
    elif choice < 0.85:
        value = r.choice(WIDE)
    else:
        value = r.getrandbits(32)
    if choice > 0.9:
        value = r.getrandbits(bits)
    if kind == "z":
        return value & 1
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
