"""Writes class files that javac compiles against: signatures, no code."""
import struct

FLAGS = {"public": 0x0001, "private": 0x0002, "protected": 0x0004,
         "static": 0x0008, "final": 0x0010, "varargs": 0x0080,
         "interface": 0x0200, "abstract": 0x0400, "annotation": 0x2000,
         "enum": 0x4000}
SUPER = 0x0020
CLASS_ONLY = ~(FLAGS["static"] | FLAGS["protected"])
MAJOR = 49  # Java 5: generics and annotations, no stack maps
MODULE_MAJOR = 53  # Java 9: the first with modules
UTF8, INTEGER, CLASS, MODULE, PACKAGE = 1, 3, 7, 19, 20
ACC_MODULE = 0x8000
NO_CODE = bytes((1, 191))  # aconst_null, athrow


def flags_of(text):
    return sum(FLAGS.get(word, 0) for word in text.split())


class Pool:
    """The constant pool: every entry once, numbered from 1."""

    def __init__(self):
        self.entries = {}

    def put(self, entry):
        return self.entries.setdefault(entry, len(self.entries) + 1)

    def utf8(self, text):
        octets = text.encode()
        return self.put(struct.pack(">BH", UTF8, len(octets)) + octets)

    def name(self, class_name, tag=CLASS):
        return self.put(struct.pack(">BH", tag, self.utf8(class_name)))

    def integer(self, value):
        return self.put(struct.pack(">Bi", INTEGER, value))

    def bytes(self):
        return struct.pack(">H", len(self.entries) + 1) + \
            b"".join(self.entries)


def argument_cells(descriptor):
    """Cells of a method's arguments, `this` not counted."""
    count, i = 0, 1
    while descriptor[i] != ")":
        count += 2 if descriptor[i] in "JD" else 1
        while descriptor[i] == "[":
            i += 1
        i = descriptor.index(";", i) + 1 if descriptor[i] == "L" else i + 1
    return count


class JavaClass:
    """A class under construction.  Names are spelled with slashes."""

    def __init__(self, name, flags, parent, interfaces=(), signature=""):
        self.pool = Pool()
        self.name, self.flags, self.parent = name, flags, parent
        self.interfaces = list(interfaces)
        self.fields, self.methods, self.attributes = [], [], []
        self.inner = {}
        if signature:
            self.attributes.append(self.signature(signature))

    def attribute(self, name, body):
        return struct.pack(">HI", self.pool.utf8(name), len(body)) + body

    def signature(self, text):
        return self.attribute("Signature",
                              struct.pack(">H", self.pool.utf8(text)))

    def member(self, flags, name, descriptor, attributes):
        return struct.pack(">HHHH", flags_of(flags), self.pool.utf8(name),
                           self.pool.utf8(descriptor), len(attributes)) + \
            b"".join(attributes)

    def add_field(self, flags, name, descriptor, value=None):
        """A constant has a `value`."""
        attributes = []
        if value is not None:
            attributes = [self.attribute(
                "ConstantValue", struct.pack(">H", self.pool.integer(value)))]
        self.fields.append(self.member(flags, name, descriptor, attributes))

    def add_method(self, flags, name, descriptor, throws=(), signature="",
                   has_default=False):
        attributes = []
        if not {"abstract", "native"} & set(flags.split()):
            cells = argument_cells(descriptor) + ("static" not in flags)
            attributes.append(self.attribute("Code", struct.pack(
                ">HHI2sHH", 1, cells, len(NO_CODE), NO_CODE, 0, 0)))
        if throws:
            attributes.append(self.attribute("Exceptions", struct.pack(
                f">H{len(throws)}H", len(throws),
                *(self.pool.name(t) for t in throws))))
        if signature:
            attributes.append(self.signature(signature))
        if has_default:  # an annotation's empty list
            attributes.append(self.attribute("AnnotationDefault", b"[\0\0"))
        self.methods.append(self.member(flags, name, descriptor, attributes))

    def add_inner(self, name, outer, flags):
        """A nested class that this class is, holds or names."""
        self.inner[name] = (outer, flags)

    def add_retention(self, policy):
        """Says how long an annotation of this type lives."""
        utf8 = self.pool.utf8
        self.attributes.append(self.attribute(
            "RuntimeVisibleAnnotations", struct.pack(
                ">HHHHBHH", 1, utf8("Ljava/lang/annotation/Retention;"), 1,
                utf8("value"), ord("e"),
                utf8("Ljava/lang/annotation/RetentionPolicy;"),
                utf8(policy))))

    def inner_classes(self):
        rows = b""
        for name, (outer, flags) in sorted(self.inner.items()):
            simple = name[len(outer) + 1:]
            rows += struct.pack(">HHHH", self.pool.name(name),
                                self.pool.name(outer), self.pool.utf8(simple),
                                flags_of(flags))
        return self.attribute("InnerClasses",
                              struct.pack(">H", len(self.inner)) + rows)

    def bytes(self):
        attributes = list(self.attributes)
        if self.inner:
            attributes.append(self.inner_classes())
        flags = flags_of(self.flags) & CLASS_ONLY
        if "interface" not in self.flags:
            flags |= SUPER
        body = struct.pack(">HHH", flags, self.pool.name(self.name),
                           self.pool.name(self.parent) if self.parent else 0)
        faces = [self.pool.name(i) for i in self.interfaces]
        body += struct.pack(f">H{len(faces)}H", len(faces), *faces)
        for group in (self.fields, self.methods, attributes):
            body += struct.pack(">H", len(group)) + b"".join(group)
        return struct.pack(">IHH", 0xCAFEBABE, 0, MAJOR) + \
            self.pool.bytes() + body


def module_info(name, packages):
    """The description of a module that exports `packages` to everybody."""
    pool = Pool()
    exports = b"".join(struct.pack(">HHH", pool.name(p, PACKAGE), 0, 0)
                       for p in packages)
    body = struct.pack(">HHHHH", pool.name(name, MODULE), 0, 0, 0,
                       len(packages)) + exports + bytes(6)
    attribute = struct.pack(">HI", pool.utf8("Module"), len(body)) + body
    this = pool.name("module-info")
    return struct.pack(">IHH", 0xCAFEBABE, 0, MODULE_MAJOR) + pool.bytes() + \
        struct.pack(">HHHHHHH", ACC_MODULE, this, 0, 0, 0, 0, 1) + attribute
