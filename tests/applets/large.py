"""Packages at the limits of a CAP file: many classes, fields and methods, and
methods so long that branches have to go far."""

NAME = "org.postcard.corpus.{}"
CLASSES = 110
FIELDS = 300
OWN_FIELDS = 180  # a class has 255 cells at most
LINES = 900

MAIN = """package {name};

import org.postcard.corpus.base.CaseApplet;
import org.postcard.corpus.base.Log;

public class Main extends CaseApplet {{
    public static void install(byte[] b, short at, byte n) {{
        new Main();
    }}

    protected boolean run(short number, Log log) throws Exception {{
        switch (number) {{
{cases}
        default:
            return false;
        }}
    }}
}}
"""


def main_class(name, calls):
    cases = "\n".join(f"        case {i}:\n            {call};\n"
                      "            return true;"
                      for i, call in enumerate(calls))
    return MAIN.format(name=name, cases=cases)


def many_classes():
    """A chain of classes, each with an interface of its own, and arrays."""
    name = NAME.format("many")
    for i in range(CLASSES):
        above = f" extends K{i - 1}" if i % 10 else ""
        yield f"I{i}", (f"package {name};\n\ninterface I{i} {{\n"
                        f"    short i{i}(short v);\n}}\n")
        yield f"K{i}", f"""package {name};

class K{i}{above} implements I{i} {{
    short f{i} = {i * 7};
    static short s{i} = {i};

    public short i{i}(short v) {{
        return (short) (v * {i + 1} + f{i} + s{i}++);
    }}

    short all(short v) {{
        return (short) (i{i}(v){' + super.all(v)' if above else ''});
    }}
}}
"""
    made = "\n".join(
        f"        o = new K{i}();\n"
        f"        h = (short) (h * 31 + ((K{i}) o).all(h));\n"
        f"        h = (short) (h * 31 + ((I{i}) o).i{i}(h));\n"
        f"        h += o instanceof K{(i * 7) % CLASSES} ? 1 : 2;"
        for i in range(CLASSES))
    yield "Use", f"""package {name};

import org.postcard.corpus.base.Log;

class Use {{
    static void all(Log log) {{
        Object o;
        short h = 1;
{made}
        log.put(h);
    }}

    static void wrong(Log log) {{
        Object o = new K{CLASSES - 1}();
        try {{
            log.put(((I5) o).i5((short) 1));
        }} catch (ClassCastException e) {{
            log.threw(e);
        }}
    }}
}}
"""
    yield "Main", main_class(name, ["Use.all(log)", "Use.wrong(log)"])


def many_fields(with_int):
    """More fields than an index of one byte reaches, of each type."""
    name = NAME.format("fields")
    types = ["short", "byte", "boolean", "Object"] + ["int"] * with_int
    fields, sets, reads = [], [], []
    for i in range(FIELDS):
        t = types[i % len(types)]
        value = {"boolean": f"{i % 3 == 0}".lower(), "Object": "log",
                 "int": f"{i} * 70000"}.get(t, f"({t}) ({i} * 33)")
        read = {"boolean": "({0} ? 1 : 2)", "Object": "({0} == log ? 5 : 6)",
                "int": "(short) {0}"}.get(t, "{0}")
        places = [("s", "static "), ("f", "")]
        for prefix, kind in places[:2 if i < OWN_FIELDS else 1]:
            fields.append(f"    {kind}{t} {prefix}{i};")
            sets.append(f"        {prefix}{i} = {value};")
            reads.append(f"        h = (short) (h * 31 + "
                         f"{read.format(prefix + str(i))});")
            if t in ("short", "int"):
                sets.append(f"        {prefix}{i} += {i};")
                sets.append(f"        {prefix}{i}++;")
    half = len(sets) // 2
    yield "Fields", f"""package {name};

import org.postcard.corpus.base.Log;

class Fields {{
{chr(10).join(fields)}

    void set(Log log) {{
{chr(10).join(sets[:half])}
    }}

    void setMore(Log log) {{
{chr(10).join(sets[half:])}
    }}

    void sum(Log log) {{
        short h = 1;
{chr(10).join(reads)}
        log.put(h);
    }}

    static void all(Log log) {{
        Fields f = new Fields();
        f.sum(log);
        f.set(log);
        f.sum(log);
        f.setMore(log);
        f.sum(log);
    }}
}}
"""
    yield "Main", main_class(name, ["Fields.all(log)"])


def far_branches():
    """Loops, conditions, switches and handlers around a body of many
    thousand bytes, so that no branch of theirs fits a byte."""
    name = NAME.format("far")
    body = "\n".join(
        f"                h = (short) (h * 31 + (i ^ {k * 37 % 32768}));"
        for k in range(LINES))
    cases = "\n".join(f"        case {k * 3}:\n            h += {k};\n"
                      "            break;" for k in range(400))
    sparse = "\n".join(f"        case {k * k % 32749}:\n            h ^= {k};"
                       "\n            break;" for k in range(2, 170))
    for_locals = "\n".join(f"        short v{k} = (short) (h * {k} + n);"
                           for k in range(200))
    for_sum = "\n".join(f"        h += v{k} ^ v{(k * 7) % 200};"
                        for k in range(200))
    yield "Far", f"""package {name};

import org.postcard.corpus.base.Log;

class Far {{
    static short around(short n) throws Exception {{
        short h = 1;
        outer:
        for (short i = 0; i < 3; i++) {{
            if (i == n)
                continue outer;
            try {{
                if (n == 4 && i == 2)
                    throw new Exception();
                if (n > 5 || h == 77)
                    break outer;
                boolean big = h > n && n != i;
                while (big) {{
                    big = false;
{body}
                    if (n == 3)
                        continue;
                    if (h == 12345)
                        break outer;
                    h ^= n;
                }}
                if (big == (h < 0))
                    h = (short) -h;
            }} catch (RuntimeException e) {{
                h++;
            }} finally {{
                h += 3;
            }}
        }}
        return h;
    }}

    static short nulls(Object o, Object p, short n) {{
        short i = n;
        short h = 5;
        if (o == null) {{
            if (p != null) {{
                if (o != p) {{
{body}
                    n = 0;
                }} else
                    h = 9;
            }} else
                h = 10;
        }} else
            h = 11;
        return h;
    }}

    static short dense(short n) {{
        short h = n;
        switch (n) {{
{cases}
        default:
            h = -1;
        }}
        return h;
    }}

    static short sparse(short n) {{
        short h = n;
        switch (n) {{
{sparse}
        default:
            h = -2;
        }}
        return h;
    }}

    static short locals(short n, short h) {{
{for_locals}
{for_sum}
        return h;
    }}

    static void branches(Log log) throws Exception {{
        for (short n = 0; n < 7; n++)
            try {{
                log.put(around(n));
            }} catch (Exception e) {{
                log.threw(e);
            }}
        Object o = log;
        log.put(nulls(null, o, (short) 3));
        log.put(nulls(null, null, (short) 3));
        log.put(nulls(o, o, (short) 3));
    }}

    static void switches(Log log) {{
        short h = 1;
        for (short n = -5; n < 1300; n++) {{
            h = (short) (h * 31 + dense(n));
            h = (short) (h * 31 + sparse((short) (n * 13)));
            h = (short) (h * 31 + sparse((short) (n * n)));
        }}
        log.put(h);
        log.put(locals((short) 3, (short) 4));
    }}
}}
"""
    yield "Main", main_class(name, ["Far.branches(log)", "Far.switches(log)"])
