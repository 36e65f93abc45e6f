"""Reads CAP and export files for the tests of the converter, without the
project's own readers.  Offsets count from the start of a component's info."""
import zipfile

NAMES = ["", "Header", "Directory", "Applet", "Import", "ConstantPool",
         "Class", "Method", "StaticField", "RefLocation", "Export",
         "Descriptor", "Debug", "StaticResources"]


class Bytes:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def u(self, size):
        piece = self.take(size)
        return int.from_bytes(piece, "big")

    def take(self, size):
        assert self.at + size <= len(self.data), "past the end"
        self.at += size
        return self.data[self.at - size:self.at]

    def lv(self):
        return self.take(self.u(1))

    def package(self):
        minor, major = self.u(1), self.u(1)
        return self.lv().hex().upper(), f"{major}.{minor}"

    def more(self):
        return self.at < len(self.data)


class Cap:
    """info[tag]: a component without tag and size."""

    def __init__(self, path):
        self.info, self.files = {}, []
        with zipfile.ZipFile(path) as z:
            self.files = z.namelist()
            for name in self.files:
                last = name.split("/")[-1]
                if not last.endswith((".cap", ".capx")):
                    continue
                tag = NAMES.index(last.split(".")[0])
                data = z.read(name)
                width = 4 if tag == 13 else 2
                assert data[0] == tag
                size = int.from_bytes(data[1:1 + width], "big")
                assert size == len(data) - 1 - width, name
                self.info[tag] = data[1 + width:]
            self.manifest = z.read("META-INF/MANIFEST.MF").decode()

    def read(self, tag):
        return Bytes(self.info[tag])

    def header(self):
        b = self.read(1)
        assert b.u(4) == 0xDECAFFED
        minor, major, flags = b.u(1), b.u(1), b.u(1)
        aid, version = b.package()
        name = b.lv().decode() if minor > 1 else None
        assert not b.more()
        return {"format": f"{major}.{minor}", "flags": flags, "aid": aid,
                "version": version, "name": name}

    def minor(self):
        return self.info[1][4]

    def imports(self):
        b = self.read(4)
        found = dict(b.package() for _ in range(b.u(1)))
        assert not b.more()
        return found

    def pool(self):
        """(tag, class_ref, token) of each constant; statics have one number
        in place of the last two."""
        b = self.read(5)
        found = [(b.u(1), b.take(3)) for _ in range(b.u(2))]
        assert not b.more()
        return [(tag, int.from_bytes(ref[:2], "big"), ref[2]) if tag < 5 else
                (tag, int.from_bytes(ref, "big")) for tag, ref in found]

    def directory(self):
        """Sizes by tag, and the bytes behind them."""
        b, sizes = self.read(2), {}
        for tag in range(1, 12 if self.minor() == 1 else 13):
            sizes[tag] = b.u(2)
        if self.minor() == 3:
            sizes[13] = b.u(4)
        return sizes, b.data[b.at:]

    def resources(self):
        b = self.read(13)
        heads = [(b.u(2), b.u(4)) for _ in range(b.u(2))]
        found = {number: bytes(b.take(size)) for number, size in heads}
        assert not b.more()
        return found

    def classes(self):
        """Every class_info and interface_info, in the order of Class."""
        b, found = self.read(6), []
        self.signatures = b.take(b.u(2)) if self.minor() > 1 else b""
        while b.more():
            c = {"at": b.at}
            head = b.u(1)
            c["flags"], count = head >> 4, head & 15
            if c["flags"] & 8:
                c["interfaces"] = [b.u(2) for _ in range(count)]
                if c["flags"] & 2:
                    c["name"] = b.lv().decode()
            else:
                self._class(b, c, count)
            found.append(c)
        return found

    def _class(self, b, c, count):
        c["super"], c["size"] = b.u(2), b.u(1)
        c["first_reference"], c["references"] = b.u(1), b.u(1)
        c["base"], publics, c["package_base"], packages = (
            b.u(1), b.u(1), b.u(1), b.u(1))
        c["public"] = [b.u(2) for _ in range(publics)]
        c["package"] = [b.u(2) for _ in range(packages)]
        c["interfaces"] = {b.u(2): list(b.lv()) for _ in range(count)}
        if c["flags"] & 2:
            c["remote"] = [(b.u(2), b.u(2), b.u(1)) for _ in range(b.u(1))]
            c["modifier"], c["name"] = b.lv().decode(), b.lv().decode()
            c["remotes"] = [b.u(2) for _ in range(b.u(1))]
        if self.minor() == 3:
            c["map"] = list(b.take(c["base"] + publics))
            c["cap22"] = b.u(1)

    def debug(self):
        """The Debug component as lines of text."""
        b = self.read(12)
        strings = [b.take(b.u(2)).decode() for _ in range(b.u(2))]

        def text():
            return strings[b.u(2)]
        lines = ["package " + text()]
        for _ in range(b.u(2)):
            name, flags, at = text(), b.u(2), b.u(2)
            lines.append(f"class {name} {flags:04X} extends {text()} in "
                         f"{text()}")
            assert at in [c["at"] for c in self.classes()]
            faces, fields, methods = b.u(1), b.u(2), b.u(2)
            lines += [" implements " + text() for _ in range(faces)]
            lines += [f" field {text()} {text()} {b.u(2):04X} {b.u(4):08X}"
                      for _ in range(fields)]
            for _ in range(methods):
                lines += self._debug_method(b, text)
        assert not b.more()
        return lines

    def _debug_method(self, b, text):
        name, descriptor, flags = text(), text(), b.u(2)
        at, header, size, variables, rows = (b.u(2), b.u(1), b.u(2), b.u(2),
                                             b.u(2))
        lines = [f" method {name}{descriptor} {flags:04X} header {header} "
                 f"code {size}"]
        if size:
            code = self.info[7][at + header:at + header + size]
            assert len(code) == size
        for _ in range(variables):
            cell, what, kind, start, n = b.u(1), text(), text(), b.u(2), b.u(2)
            lines.append(f"  variable {cell} {what} {kind} {start}+{n}")
        for _ in range(rows):
            lines.append(f"  line {b.u(2)}-{b.u(2)} {b.u(2)}")
        return lines


def export_file(path):
    """An export file as lines of text."""
    with open(path, "rb") as f:
        b = Bytes(f.read())
    assert b.u(4) == 0xFACADE
    minor, major = b.u(1), b.u(1)
    pool = []
    for _ in range(b.u(2)):
        tag = b.u(1)
        if tag == 1:
            pool.append(b.take(b.u(2)).decode())
        elif tag == 3:
            pool.append(int.from_bytes(b.take(4), "big", signed=True))
        elif tag == 7:
            pool.append((b.u(2),))
        else:
            assert tag == 13
            pool.append((b.u(1), b.u(2), *b.package()))

    def text():
        return pool[b.u(2)]

    def name():
        return pool[text()[0]]

    def package():
        flags, at, aid, version = text()
        return f"{pool[at]} {version} {aid} {flags}"

    lines = [f"export {major}.{minor} {package()}"]
    if minor == 3:
        lines += sorted(" refers to " + package() for _ in range(b.u(1)))
    for _ in range(b.u(1)):
        token, flags = b.u(1), b.u(2)
        lines.append(f"class {token} {flags:04X} {name()}")
        lines += [f" super {name()}" for _ in range(b.u(2))]
        lines += [f" interface {name()}" for _ in range(b.u(1))]
        for _ in range(b.u(2)):
            field = f" field {b.u(1)} {b.u(2):04X} {text()} {text()}"
            for _ in range(b.u(2)):
                assert text() == "ConstantValue" and b.u(4) == 2
                field += f" = {text()}"
            lines.append(field)
        lines += [f" method {b.u(1)} {b.u(2):04X} {text()}{text()}"
                  for _ in range(b.u(2))]
        if minor == 3:
            lines.append(f" cap22 {b.u(1)}")
    assert not b.more()
    return lines
