"""Reading and writing the components of a CAP file, for making bad ones."""
import zipfile

TAGS = {"Header": 1, "Directory": 2, "Applet": 3, "Import": 4,
        "ConstantPool": 5, "Class": 6, "Method": 7, "StaticField": 8,
        "RefLocation": 9, "Export": 10, "Descriptor": 11}
EARLIEST = (1980, 1, 1, 0, 0, 0)


class Cap:
    """info[name] is a component without its tag and size, as a bytearray."""

    def __init__(self, path):
        self.entries = []
        self.info = {}
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                data = archive.read(name)
                part = name.rsplit("/", 1)[-1]
                key = part[:-4] if part.endswith(".cap") else None
                if key in TAGS:
                    self.info[key] = bytearray(data[3:])
                self.entries.append((name, key, data))

    def write(self, path):
        """Writes the archive with the sizes and the Directory made to fit."""
        self.fit_directory()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for name, key, data in self.entries:
                if key in TAGS:
                    info = self.info[key]
                    data = (bytes([TAGS[key]]) + len(info).to_bytes(2, "big")
                            + bytes(info))
                archive.writestr(zipfile.ZipInfo(name, EARLIEST), data)

    def fit_directory(self):
        directory = self.info["Directory"]
        for key, tag in TAGS.items():
            if key in self.info:
                at = 2 * (tag - 1)
                directory[at:at + 2] = len(self.info[key]).to_bytes(2, "big")
