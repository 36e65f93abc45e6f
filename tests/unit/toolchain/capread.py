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
