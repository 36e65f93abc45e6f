"""Random Java methods: statements around expressions, each of which ends."""
import random

from expressions import JAVA, Expression, Expressions

ARRAYS = {"z": ("sza", 8), "b": ("sba", 16), "s": ("ssa", 8), "i": ("sia", 8)}
OWN_ARRAYS = {"z": ("oza", 4), "b": ("oba", 8), "s": ("osa", 8),
              "i": ("oia", 4)}
CONSTANT_ARRAYS = {"z": ("KZA", 4), "b": ("KBA", 8), "s": ("KSA", 8),
                   "i": ("KIA", 4)}
STATICS = {"z": ("sz0", "sz1"), "b": ("sb0", "sb1"),
           "s": ("ss0", "ss1", "ss2"), "i": ("si0", "si1")}
OWN = {"z": ("oz",), "b": ("ob",), "s": ("os0", "os1"), "i": ("oi",)}
REFERENCES = ("Things.a", "Things.b", "Things.c", "Things.none")
COST_MAX = 1500
CATCHES = ("OopsMore", "Oops", "ArrayIndexOutOfBoundsException",
           "ArithmeticException", "NullPointerException",
           "ClassCastException", "Fault", "RuntimeException", "Exception")
CHECKED = ("OopsMore", "Oops")


class Method:
    """One method with its source; see Package for where it stands."""

    def __init__(self, seed, name, callees, with_int, risky, careful=False):
        self.random = random.Random(seed)
        self.name = name
        self.callees = callees
        self.with_int = with_int
        self.risky = risky and not careful
        # A package of CAP format 2.1 has at most 255 handlers.
        self.tries = 3 if self.random.random() < 0.3 else 0
        self.is_static = self.random.random() < 0.6
        self.lines = []
        self.exposed = set()  # of indexes into lines: int may be needed there
        self.cost = 1
        self.factor = 1
        self.locals = []  # (name, type), innermost last
        self.wild = set()  # ints that may leave 16 bits, without --int
        self.used = 0
        self.labels = []  # of the loops around, with "" for a switch
        self.nesting = 0
        self.thrown = [set()]  # checked ones, of each try around
        types = "bsz" + ("i" if with_int else "")
        weights = (2, 4, 1, 3)[:len(types)]
        self.parameters = self.random.choices(
            types, weights, k=self.random.choice((0, 1, 2, 2, 3, 3, 4, 5, 6)))
        self.result = self.random.choices(types, weights)[0]
        self.make()

    # ---- what expressions ask ----

    def expose(self):
        """The line that is being written may be refused without int."""
        self.exposed.add(len(self.lines))

    def spend(self, n):
        self.cost += n * self.factor

    def types(self, wanted):
        return [t for t in wanted if self.with_int or t != "i"]

    def fields(self, kind):
        own = () if self.is_static else OWN[kind]
        return STATICS[kind] + own

    def variable(self):
        r = self.random
        near = [v for v in self.locals if v[1] in "bsi"]
        if near and r.random() < 0.75:
            name, kind = r.choice(near)
            if kind == "i" and not self.with_int and name not in self.wild:
                return Expression(name, "i", -32768, 32767)
            return Expression(name, kind)
        kind = r.choice("bssi" if self.with_int else "bss")
        return Expression(r.choice(self.fields(kind)), kind)

    def flag(self):
        near = [n for n, t in self.locals if t == "z"]
        if near and self.random.random() < 0.6:
            return self.random.choice(near)
        return self.random.choice(self.fields("z"))

    def flag_target(self):
        return self.flag()

    def target(self):
        r = self.random
        near = [v for v in self.locals
                if v[1] in ("bsi" if self.with_int else "bs")
                and not v[0].startswith("k")]
        if near and r.random() < 0.7:
            return r.choice(near)
        kind = r.choice("bssi" if self.with_int else "bss")
        return r.choice(self.fields(kind)), kind

    def array(self, kind):
        tables = [ARRAYS, ARRAYS, CONSTANT_ARRAYS]
        if not self.is_static:
            tables.append(OWN_ARRAYS)
        return self.random.choice(tables)[kind]

    def reference(self):
        near = [n for n, t in self.locals if t == "r"]
        if near and self.random.random() < 0.4:
            return self.random.choice(near)
        return self.random.choices(REFERENCES, (4, 4, 4, 1))[0]

    def callee(self, wanted):
        r = self.random
        for _ in range(3):
            if not self.callees:
                return None
            c = r.choice(self.callees)
            right = (c.result == "z") == (wanted == "z")
            reachable = c.is_static or not self.is_static
            dear = self.cost + c.cost * self.factor > COST_MAX
            if right and reachable and not dear:
                self.cost += c.cost * self.factor
                self.thrown[-1].add("Oops")
                return c
        return None

    # ---- statements ----

    def emit(self, text):
        self.lines.append("    " * (2 + self.nesting) + text)

    def block(self, budget, loop=None):
        """Statements inside braces, whose locals end with them."""
        self.nesting += 1
        mark = len(self.locals)
        for _ in range(self.random.randint(1, max(1, budget))):
            self.statement(budget - 1)
        del self.locals[mark:]
        self.nesting -= 1

    def fresh(self, prefix="v"):
        self.used += 1
        return f"{prefix}{self.used}"

    def statement(self, budget):
        self.spend(2)
        simple = (self.declare, self.assign, self.change, self.step,
                  self.call_away)
        deep = (self.conditional, self.loop, self.switch, self.attempt,
                self.leave, self.refer)
        if budget <= 0 or self.nesting > 4 or self.random.random() < 0.5:
            self.random.choices(simple, (5, 6, 6, 2, 2))[0]()
            return
        self.random.choices(deep, (7, 5, 3, 4, 4, 1))[0](budget)

    def depth(self):
        return self.random.choice((1, 2, 2, 3, 3, 4))

    def declare(self):
        kind = self.random.choice("bssszi")
        value = self.make_value(kind)
        name = self.fresh()
        if kind == "i" and len(self.lines) in self.exposed:
            self.wild.add(name)
        self.emit(f"{JAVA[kind]} {name} = {value};")
        self.locals.append((name, kind))

    def make_value(self, kind):
        return self.expressions.to(kind, self.depth())

    def assign(self):
        if self.random.random() < 0.2:
            name = self.flag_target()
            self.emit(f"{name} = {self.make_value('z')};")
            return
        name, kind = self.expressions.target(1)
        self.emit(f"{name} = {self.make_value(kind)};")

    def change(self):
        if self.random.random() < 0.1:
            op = self.random.choice(("&=", "|=", "^="))
            self.emit(f"{self.flag_target()} {op} {self.make_value('z')};")
            return
        name, _ = self.expressions.target(1)
        self.emit(f"{name} {self.expressions.compound(self.depth())};")

    def step(self):
        name, _ = self.expressions.target(1)
        self.emit(self.random.choice(("{}++;", "{}--;", "++{};", "--{};"))
                  .format(name))

    def call_away(self):
        callee = self.callee(self.random.choice("nz"))
        if callee is None:
            self.step()
            return
        self.emit(self.expressions.call(callee, 2) + ";")

    def refer(self, _):
        name = self.fresh()
        test = self.expressions.boolean(2)
        a, b = self.reference(), self.reference()
        self.emit(f"Thing {name} = {test} ? {a} : {b};")
        self.locals.append((name, "r"))

    def conditional(self, budget):
        self.emit(f"if ({self.expressions.boolean(self.depth())}) {{")
        self.block(budget)
        if self.random.random() < 0.5:
            if self.random.random() < 0.3:
                self.emit("} else if "
                          f"({self.expressions.boolean(self.depth())}) {{")
                self.block(budget - 1)
            self.emit("} else {")
            self.block(budget - 1)
        self.emit("}")

    def counter(self):
        """An int that is counted up may leave 16 bits, for all one knows."""
        with_int = self.with_int or self.risky
        return self.random.choice(
            ("byte", "short", "short", "int")[:4 if with_int else 3])

    def more(self):
        """What else has to hold for a loop to go on."""
        if self.random.random() < 0.7:
            return ""
        return f" && {self.expressions.boolean(2)}"

    def may_leave(self, kind, name):
        if kind == "int" and not self.with_int:
            self.wild.add(name)
            self.expose()

    def loop(self, budget):
        times = self.random.choice((1, 2, 3, 3, 4, 6))
        if self.cost + 8 * times * self.factor > COST_MAX:
            self.conditional(budget)
            return
        k = self.fresh("k")
        label = self.fresh("l") if self.random.random() < 0.3 else None
        before = f"{label}: " if label else ""
        form = self.random.randint(0, 3)
        kind = self.counter()
        start = self.random.choice((0, 0, 1, -2))
        end = start + times
        self.factor *= times + 1
        self.may_leave(kind, k)
        if form == 0:
            more = self.more()
            self.emit(f"{before}for ({kind} {k} = {start}; {k} < {end}{more}; "
                      f"{k}++) {{")
        else:
            self.emit(f"{kind} {k} = {start};")
            self.may_leave(kind, k)
            if form == 1:
                more = self.more()
                self.emit(f"{before}while (++{k} <= {end}{more}) {{")
            elif form == 2:
                self.emit(f"{before}do {{")
            else:
                self.emit(f"{before}for (;;) {{")
        self.locals.append((k, kind[0]))
        self.labels.append(label or "-")
        if form == 3:
            self.nesting += 1
            self.may_leave(kind, k)
            self.emit(f"if ({k}++ >= {end})")
            self.emit("    break;")
            self.nesting -= 1
        self.block(budget - 1)
        self.labels.pop()
        self.locals.pop()
        tail = "}"
        if form == 2:
            tail = f"}} while (++{k} < {end}{self.more()});"
        self.may_leave(kind, k)
        self.emit(tail)
        if form != 0:
            self.locals.append((k, kind[0]))
        self.factor //= times + 1

    def keys(self, count):
        r = self.random
        if r.random() < 0.5:
            start = r.choice((0, -2, 1, 5, 126, 32760, -32768, -4))
            return [start + i for i in range(count)]
        keys = set()
        while len(keys) < count:
            if self.with_int and r.random() < 0.2:
                keys.add(r.choice((32768, 65536, -65536, 70000, -32769,
                                   0x7FFFFFFF, -0x80000000)))
            else:
                keys.add(r.choice((r.randint(-5, 9), r.randint(-300, 300),
                                   r.randint(-32768, 32767))))
        return list(keys)

    def switch(self, budget):
        r = self.random
        e = self.expressions.number(self.depth())
        keys = self.keys(r.randint(1, 7))
        if r.random() < 0.5 and keys[0] == 0:
            text = f"{e.text} & 7"
        elif not self.with_int or all(-32768 <= k <= 32767 for k in keys):
            text = self.expressions.exact(e).text
            if e.fits("s") or self.with_int and r.random() < 0.5:
                text = f"(short) {e.text}"
        else:
            text = f"(int) {e.text}"
        self.emit(f"switch ({text}) {{")
        self.labels.append("")
        has_default = r.random() < 0.7
        cases = [f"case {k}:" for k in keys]
        r.shuffle(cases)
        if has_default:
            cases.insert(r.randint(0, len(cases)), "default:")
        mark = len(self.locals)
        for c in cases:
            self.emit(c)
            if r.random() < 0.8:
                self.emit("{")
                self.block(max(1, budget - 2))
                self.emit("}")
                if r.random() < 0.7:
                    self.emit("    break;")
        del self.locals[mark:]
        self.labels.pop()
        self.emit("}")

    def attempt(self, budget):
        if self.tries == 0:
            self.conditional(budget)
            return
        self.tries -= 1
        r = self.random
        self.emit("try {")
        self.thrown.append(set())
        if r.random() < 0.4:
            self.nesting += 1
            self.throw(r.choice(("Oops", "OopsMore", "Fault")))
            self.nesting -= 1
        self.block(budget - 1)
        thrown = self.thrown.pop()
        choices = [c for c in CATCHES if thrown or c not in CHECKED]
        form = r.random()
        caught = [] if form < 0.2 else sorted(
            r.sample(choices, r.randint(1, min(3, len(choices)))),
            key=CATCHES.index)
        for c in caught:
            name = self.fresh("e")
            self.emit(f"}} catch ({c} {name}) {{")
            if c in ("Oops", "OopsMore", "Fault") and r.random() < 0.7:
                self.nesting += 1
                self.emit(f"ss0 += {name}.getReason();")
                self.nesting -= 1
            self.block(budget - 1)
            if r.random() < 0.1:
                self.nesting += 1
                self.throw("Fault")
                self.nesting -= 1
        if not caught or r.random() < 0.35:
            self.emit("} finally {")
            self.block(budget - 1)
        self.emit("}")
        if "Oops" not in caught and "Exception" not in caught:
            self.thrown[-1] |= thrown - set(caught)

    def throw(self, kind):
        if kind != "Fault":
            self.thrown[-1].add(kind)
        self.emit(f"if ({self.expressions.boolean(2)})")
        reason = self.expressions.to("s", 1)
        self.emit(f"    throw Things.{kind[0].lower()}{kind[1:]}({reason});")

    def leave(self, _):
        """Out of a loop, a switch or the method, if something holds."""
        r = self.random
        choice = r.random()
        loops = [x for x in self.labels if x not in ("", "-")]
        if choice < 0.25 and self.labels:
            way = "break"
        elif choice < 0.45 and any(x != "" for x in self.labels):
            way = "continue"
        elif choice < 0.7 and loops:
            way = f"{r.choice(('break', 'continue'))} {r.choice(loops)}"
        elif choice < 0.85:
            self.throw(r.choice(("Oops", "OopsMore", "Fault")))
            return
        else:
            self.emit(f"if ({self.expressions.boolean(self.depth())})")
            self.emit(f"    return {self.make_value(self.result)};")
            return
        self.emit(f"if ({self.expressions.boolean(self.depth())})")
        self.emit(f"    {way};")

    # ---- the method ----

    def make(self):
        self.expressions = Expressions(self)
        for i, kind in enumerate(self.parameters):
            self.locals.append((f"p{i}", kind))
        budget = self.random.choice((1, 2, 3, 3, 4))
        parameters = ", ".join(f"{JAVA[k]} {n}" for n, k in self.locals)
        modifier = self.random.choice(("", "private ", "final ", "public ",
                                       "protected "))
        self.lines.append(
            f"    {modifier}{'static ' if self.is_static else ''}"
            f"{JAVA[self.result]} {self.name}({parameters}) throws Oops {{")
        for _ in range(self.random.randint(1, 7)):
            self.statement(budget)
        self.emit(f"return {self.make_value(self.result)};")
        self.lines.append("    }")
