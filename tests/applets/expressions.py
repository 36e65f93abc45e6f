"""Random Java expressions that a card can compute.

An expression knows its Java type and an interval its value is in.  Where the
exact value of an intermediate result counts (it is compared, divides, is
shifted right, indexes, chooses a case) and it may leave 16 bits, a package
without int needs a cast; the generator writes it, or in a risky package
sometimes leaves it out and notes the line.  So the generator knows, by an
analysis of its own, which lines a converter may refuse.
"""

MINIMUM = {"b": -128, "s": -32768, "i": -2**31}
MAXIMUM = {"b": 127, "s": 32767, "i": 2**31 - 1}
JAVA = {"b": "byte", "s": "short", "i": "int", "z": "boolean"}
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
INTERESTING = (0, 1, -1, 2, -2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 100,
               127, -127, 128, -128, -129, 255, 256, -256, 1000, 16383, 16384,
               32766, 32767, -32767, -32768, 0x5555, -0x5556)
WIDE = (32768, -32769, 65535, 65536, -65536, 40000, 100000, 0x7FFFFFFF,
        -0x80000000, 0x12345678, -0x12345678, 0x7FFF8000, -0x7FFF8000, 1 << 24)


class Expression:
    """Text, Java type (b, s, i) and the interval of the value."""
    __slots__ = ("text", "type", "low", "high")

    def __init__(self, text, kind, low=None, high=None):
        self.text = text
        self.type = kind
        self.low = MINIMUM[kind] if low is None else low
        self.high = MAXIMUM[kind] if high is None else high

    def fits(self, kind):
        return MINIMUM[kind] <= self.low and self.high <= MAXIMUM[kind]


def whole(text):
    return Expression(text, "i")


def within(text, low, high):
    """An int in the interval, or anything if that leaves 32 bits."""
    if low < MINIMUM["i"] or high > MAXIMUM["i"]:
        return whole(text)
    return Expression(text, "i", low, high)


def quotient(text, a, b):
    low, high = min(a.low, 0), max(a.high, 0)
    if b.low < 0:
        by = 1 if b.high >= -1 else 2
        low = min(low, -(a.high // by) if a.high >= 0 else -a.high // by)
        high = max(high, -a.low // by)
    return within(text, low, high)


def remainder(text, a, b):
    most = max(max(-b.low, b.high) - 1, 0)
    low = -min(-a.low, most) if a.low < 0 else 0
    high = min(a.high, most) if a.high > 0 else 0
    return within(text, low, high)


def bitwise(text, op, a, b):
    if op == "&":
        if a.low >= 0 and b.low >= 0:
            return within(text, 0, min(a.high, b.high))
        if a.low >= 0 or b.low >= 0:
            return within(text, 0, a.high if a.low >= 0 else b.high)
    most = max(a.high, -a.low - 1, b.high, -b.low - 1, 0)
    mask = (1 << most.bit_length()) - 1
    low = 0 if a.low >= 0 and b.low >= 0 else -mask - 1
    return within(text, low, mask)


def shifted_left(text, a, by):
    if by is None:
        return whole(text)
    return within(text, a.low << by, a.high << by)


def shifted_right(text, op, a, by):
    if op == ">>>" and a.low < 0:
        return whole(text)
    if by is None:
        return within(text, min(a.low, 0), max(a.high, 0))
    return within(text, a.low >> by, a.high >> by)


class Expressions:
    """Makes expressions over what `scope` offers.

    `scope` has: random, with_int, risky, expose() (the line may be refused),
    spend(), and what there is to use: variable(), flag(), array() and so on.
    """

    def __init__(self, scope):
        self.scope = scope
        self.random = scope.random

    # ---- what a context asks for ----

    def exact(self, e):
        """`e` where its exact value counts."""
        if self.scope.with_int or e.fits("s"):
            return e
        if self.scope.risky and self.random.random() < 0.25:
            self.scope.expose()
            return e
        return self.cast("s", e)

    def cast(self, kind, e):
        if e.fits(kind):
            return Expression(f"({JAVA[kind]}) {e.text}", kind, e.low, e.high)
        return Expression(f"({JAVA[kind]}) {e.text}", kind)

    def to(self, kind, depth):
        """Text of an expression of exactly this type, cast if need be."""
        if kind == "z":
            return self.boolean(depth)
        e = self.number(depth)
        if kind == "i":
            return e.text if self.scope.with_int else self.exact(e).text
        if e.type == kind or (kind == "s" and e.type == "b"):
            return e.text
        return self.cast(kind, e).text

    def index(self, length, depth):
        """Mostly one that is in range; it has to fit a short, always."""
        e = self.number(depth)
        if self.random.random() < 0.85:
            if self.random.random() < 0.7:
                return f"({e.text} & {length - 1})"
            e = self.exact(e)
            e = remainder(f"({e.text} % {length})", e,
                          Expression("", "i", length, length))
        if e.fits("s"):
            return e.text
        return self.cast("s", e).text

    # ---- numbers ----

    def literal(self):
        r = self.random
        choice = r.random()
        if choice < 0.45:
            value = r.randint(-9, 9)
        elif choice < 0.85:
            value = r.choice(INTERESTING)
        elif choice < 0.95:
            value = r.randint(-32768, 32767)
        else:
            value = r.choice(WIDE)
        text = str(value) if r.random() < 0.8 or value < 0 else hex(value)
        return Expression(f"({text})" if value < 0 else text, "i", value,
                          value)

    def leaf(self, _=0):
        choice = self.random.random()
        if choice < 0.3:
            return self.literal()
        return self.scope.variable() or self.literal()

    def number(self, depth, plain=False):
        if depth <= 0:
            return self.leaf()
        self.scope.spend(1)
        kind = self.random.choices(
            (self.leaf, self.arithmetic, self.bits, self.divided,
             self.shifted, self.negated, self.casted, self.chosen,
             self.element, self.stepped, self.assigned, self.called,
             self.member),
            (14, 26, 12, 8, 12, 6, 10, 6, 8, 4, 4, 5, 4))[0]
        if plain and kind in (self.assigned, self.stepped):
            kind = self.leaf
        if kind == self.casted:
            return self.casted(depth - 1, plain)
        return kind(depth - 1)

    def arithmetic(self, depth):
        a, b = self.number(depth), self.number(depth)
        op = self.random.choice("++--*")
        text = f"({a.text} {op} {b.text})"
        if op == "+":
            return within(text, a.low + b.low, a.high + b.high)
        if op == "-":
            return within(text, a.low - b.high, a.high - b.low)
        products = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        return within(text, min(products), max(products))

    def bits(self, depth):
        a, b = self.number(depth), self.number(depth)
        op = self.random.choice("&|^")
        return bitwise(f"({a.text} {op} {b.text})", op, a, b)

    def divided(self, depth):
        a = self.exact(self.number(depth))
        if self.random.random() < 0.6:
            b = self.literal()
            if b.low == 0:
                b = Expression("3", "i", 3, 3)
            b = self.exact(b)
        else:
            b = self.exact(self.number(depth))
            if self.random.random() < 0.7:
                one = Expression("1", "i", 1, 1)
                b = self.exact(bitwise(f"({b.text} | 1)", "|", b, one))
        op = self.random.choice("/%")
        text = f"({a.text} {op} {b.text})"
        return (quotient if op == "/" else remainder)(text, a, b)

    def shifted(self, depth):
        op = self.random.choice(("<<", ">>", ">>>"))
        a = self.number(depth)
        if op != "<<":
            a = self.exact(a)
        by = None
        if self.random.random() < 0.7:
            count = self.random.choice((0, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16,
                                        17, 24, 31, 32, 33, -1))
            by, right = count & 31, str(count)
        else:
            right = self.number(depth).text
        text = f"({a.text} {op} {right})"
        if op == "<<":
            return shifted_left(text, a, by)
        return shifted_right(text, op, a, by)

    def negated(self, depth):
        e = self.number(depth)
        if self.random.random() < 0.8:
            return within(f"(-{e.text})", -e.high, -e.low)
        return within(f"(~{e.text})", -e.high - 1, -e.low - 1)

    def casted(self, depth, plain):
        """Of a short to a short javac makes nothing: still not plain."""
        e = self.number(depth, plain)
        kind = self.random.choice("bbsssi" if self.scope.with_int else "bbsss")
        c = self.cast(kind, e)
        c.text = f"({c.text})"
        return c

    def chosen(self, depth):
        test = self.boolean(depth)
        a, b = self.branch(depth), self.branch(depth)
        return within(f"({test} ? {a.text} : {b.text})", min(a.low, b.low),
                      max(a.high, b.high))

    def branch(self, depth):
        """Without int, no assignment: its value would be kept as wide as
        the other branch's."""
        return self.number(depth, plain=not self.scope.with_int)

    def element(self, depth):
        kind = self.random.choice("bsi" if self.scope.with_int else "bs")
        array, length = self.scope.array(kind)
        return Expression(f"{array}[{self.index(length, depth)}]", kind)

    def stepped(self, depth):
        place = self.target(depth)
        if place is None:
            return self.leaf()
        text, kind = place
        form = self.random.choice(("{}++", "{}--", "++{}", "--{}"))
        return Expression(f"({form.format(text)})", kind)

    def assigned(self, depth):
        place = self.target(depth)
        if place is None:
            return self.leaf()
        text, kind = place
        if self.random.random() < 0.5:
            return Expression(f"({text} = {self.to(kind, depth)})", kind)
        return Expression(f"({text} {self.compound(depth)})", kind)

    def compound(self, depth):
        """An operator with '=' and what stands to its right."""
        op = self.random.choice(("+", "-", "*", "/", "%", "&", "|", "^", "<<",
                                 ">>", ">>>"))
        e = self.number(depth)
        if op in "/%":
            e = self.exact(e)
            if self.random.random() < 0.8:
                one = Expression("1", "i", 1, 1)
                e = self.exact(bitwise(f"({e.text} | 1)", "|", e, one))
        return f"{op}= {e.text}"

    def called(self, depth):
        callee = self.scope.callee("n")
        if callee is None:
            return self.leaf()
        return Expression(self.call(callee, depth), callee.result)

    def call(self, callee, depth):
        arguments = ", ".join(self.to(p, depth) for p in callee.parameters)
        return f"{callee.name}({arguments})"

    def member(self, depth):
        """A field or a method of an object that may not be there."""
        r = self.random
        ref = self.scope.reference()
        choice = r.random()
        if choice < 0.4:
            kind = r.choice("bs")
            return Expression(f"{ref}.f{kind}", kind)
        if choice < 0.7:
            return Expression(f"{ref}.get({self.to('s', depth)})", "s")
        if choice < 0.9:
            return Expression(
                f"((Able) {ref}).able({self.to('b', depth)}, "
                f"{self.to('z', depth)})", "s")
        return Expression(f"((Sub) {ref}).more", "s")

    def target(self, depth):
        """Something to assign to: (text, type), or None."""
        choice = self.random.random()
        if choice < 0.15:
            kind = self.random.choice("bsi" if self.scope.with_int else "bs")
            array, length = self.scope.array(kind)
            return f"{array}[{self.index(length, depth)}]", kind
        if choice < 0.2:
            return f"{self.scope.reference()}.fs", "s"
        return self.scope.target()

    # ---- booleans ----

    def boolean(self, depth):
        if depth <= 0:
            return self.random.choices(
                (self.scope.flag(), "true", "false"), (8, 1, 1))[0]
        self.scope.spend(1)
        return self.random.choices(
            (self.flag, self.compared, self.joined, self.inverted,
             self.choice, self.kind_of, self.flag_element, self.flag_call,
             self.flag_assigned),
            (8, 40, 16, 8, 3, 4, 3, 3, 3))[0](depth - 1)

    def flag(self, _):
        return self.scope.flag()

    def compared(self, depth):
        a, b = self.exact(self.number(depth)), Expression("0", "i", 0, 0)
        if self.random.random() < 0.8:
            b = self.exact(self.number(depth))
        return f"({a.text} {self.random.choice(COMPARISONS)} {b.text})"

    def joined(self, depth):
        op = self.random.choice(("&&", "||", "&&", "||", "&", "|", "^", "==",
                                 "!="))
        return f"({self.boolean(depth)} {op} {self.boolean(depth)})"

    def inverted(self, depth):
        return f"(!{self.boolean(depth)})"

    def choice(self, depth):
        return (f"({self.boolean(depth)} ? {self.boolean(depth)} : "
                f"{self.boolean(depth)})")

    def kind_of(self, _):
        r = self.random
        ref = self.scope.reference()
        if r.random() < 0.5:
            return f"({ref} instanceof {r.choice(('Sub', 'Able'))})"
        op = r.choice(("==", "!="))
        return f"({ref} {op} {r.choice(('null', self.scope.reference()))})"

    def flag_element(self, depth):
        array, length = self.scope.array("z")
        return f"{array}[{self.index(length, depth)}]"

    def flag_call(self, depth):
        callee = self.scope.callee("z")
        if callee is None:
            return self.scope.flag()
        return self.call(callee, depth)

    def flag_assigned(self, depth):
        op = self.random.choice(("=", "&=", "|=", "^="))
        return f"({self.scope.flag_target()} {op} {self.boolean(depth)})"
