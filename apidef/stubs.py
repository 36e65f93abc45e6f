#!/usr/bin/env python3
"""Writes the jars that applets are compiled against, one for each release of
Java Card: stubs.py FOLDER.

A jar holds what its release has of java.* and javacard*, and the packages of
others (GlobalPlatform, Visa, ETSI) in their newest version: cards have those
or not whatever their Java Card release is.  javac.tsv lists what else javac
wants to see in java.*: with it a source that uses a string or an enum
compiles, and the converter says what of it a card has not.

Each jar is also the module java.base, for compilers that are told of a Java
version past 8: javac --system none --upgrade-module-path JAR.
"""
import pathlib
import sys
import zipfile

from generate import Api, minor_of, read
from javaclass import JavaClass, module_info

DATE = (1980, 1, 1, 0, 0, 0)
NEWEST = 1 << 30


def slashed(name):
    return name.replace(".", "/")


def listed(text):
    return [] if text in ("-", "") else text.split(",")


def words(row):
    return row["flags"].split()


class Release:
    """What of the tables one release has."""

    def __init__(self, api, minors):
        self.api, self.minors = api, minors
        self.throws = {}
        for row in read("throws.tsv"):
            key = (row["class"], row["method"], row["descriptor"])
            self.throws.setdefault(key, []).append(slashed(row["throws"]))
        self.changed = {row["class"]: row for row in read("changed.tsv")}
        self.redeclared = {(row["class"], row["method"], row["descriptor"])
                           for row in read("redeclared.tsv")}
        self.classes = [c for c in api.each_class() if self.has(c)]
        self.nested = [c for c in self.classes if "$" in c["class"]]

    def has(self, row):
        package = row["package"]
        newest = self.minors.get(package, -1) \
            if package.startswith("java") else NEWEST
        return minor_of(row) <= newest

    def flags(self, cls):
        old = self.changed.get(cls["class"])
        last = minor_of({"since": old["version"]}) if old else -1
        return old["flags"] if self.minors.get(cls["package"], NEWEST) <= \
            last else cls["flags"]

    def class_file(self, cls, extra):
        parent = slashed(listed(cls["supers"])[-1]) \
            if cls["supers"] != "-" else None
        faces = [slashed(i) for i in listed(cls["interfaces"])
                 if self.has(self.api.classes[i])]
        out = JavaClass(slashed(cls["class"]), self.flags(cls), parent,
                        faces)
        for f in cls["fields"]:
            if self.has(f):
                add_field(out, f)
        for m in cls["statics"] + cls["virtuals"]:
            key = (cls["class"], m["method"], m["descriptor"])
            if self.has(m) and (key in self.redeclared or
                                is_declared(self.api, cls, m)):
                out.add_method(m["flags"], m["method"], m["descriptor"],
                               self.throws.get(key, ()))
        hide_constructor(cls, out)
        for row in extra:
            add_row(out, row)
        return self.with_nested(cls, out)

    def with_nested(self, cls, out):
        """Names the nested classes that a class is, holds or mentions."""
        mentioned = b"".join(out.pool.entries).decode("latin-1")
        for other in self.nested:
            outer = other["class"].rpartition("$")[0]
            if cls["class"] in (outer, other["class"]) or \
                    slashed(other["class"]) in mentioned:
                out.add_inner(slashed(other["class"]), slashed(outer),
                              other["flags"] + " static")
        return out.bytes()


def add_field(out, f):
    value = None if f["value"] == "-" else int(f["value"])
    out.add_field(f["flags"], f["field"], f["descriptor"], value)


def hide_constructor(cls, out):
    """A class that exports no constructor cannot be made by an applet."""
    if "interface" not in words(cls) and \
            not any(m["kind"] == "ctor" for m in cls["statics"]):
        out.add_method("", "<init>", "()V")


def is_bridge(api, cls, m):
    """The inherited signature of a method redeclared with a narrower result:
    javac makes it by itself."""
    arguments = m["descriptor"].split(")")[0]
    twins = [o for o in cls["virtuals"] if o["method"] == m["method"] and
             o["descriptor"].split(")")[0] == arguments]
    return len(twins) > 1 and any(
        o["method"] == m["method"] and o["descriptor"] == m["descriptor"]
        for p in listed(cls["supers"]) for o in api.classes[p]["virtuals"])


def is_declared(api, cls, m):
    """Declared here, or an abstract method of a superclass made concrete."""
    if is_bridge(api, cls, m):
        return False
    if m["introduced_in"] == "-":
        return True
    if "abstract" in words(m):
        return False
    home = api.classes[m["introduced_in"]]
    return any("abstract" in words(h) and h["id"] == m["id"]
               for h in home["virtuals"])


def add_row(out, row):
    """A member that javac.tsv lists."""
    if row["kind"] == "field":
        value = int(row["value"]) if row.get("value") else None
        out.add_field(row["flags"], row["name"], row["descriptor"], value)
    elif row["kind"] == "method":
        out.add_method(row["flags"], row["name"], row["descriptor"], (),
                       row["signature"], "default" in words(row))


def compiler_class(row, members):
    """A class that javac.tsv lists."""
    out = JavaClass(row["class"], row["flags"], row["name"],
                    listed(row["descriptor"]), row["signature"])
    for word in words(row):
        if word in ("SOURCE", "CLASS", "RUNTIME"):
            out.add_retention(word)
    outer, dollar, _ = row["class"].rpartition("$")
    if dollar:
        out.add_inner(row["class"], outer, row["flags"] + " static")
    for member in members:
        add_row(out, member)
    return out.bytes()


def class_files(release):
    """Name and bytes of every class of a release's jar."""
    extra = {}
    for row in read("javac.tsv"):
        extra.setdefault(row["class"], []).append(row)
    files = {slashed(cls["class"]):
             release.class_file(cls, extra.pop(slashed(cls["class"]), ()))
             for cls in release.classes}
    for name, (head, *members) in extra.items():
        if head["kind"] == "class":
            files[name] = compiler_class(head, members)
    packages = sorted({name.rpartition("/")[0] for name in files})
    files["module-info"] = module_info("java.base", packages)
    return files


def write_jar(path, files):
    """The same bytes every time: sorted, dated as zip files begin."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as jar:
        for name in sorted(files):
            jar.writestr(zipfile.ZipInfo(name + ".class", DATE), files[name])


def main():
    folder = pathlib.Path(sys.argv[1])
    api = Api()
    releases = {}
    for row in read("release_map.tsv"):
        platform, _, number = row["release"].partition(" ")
        if platform == "JC":
            releases.setdefault(number, {})[row["package"]] = \
                minor_of({"since": row["version"]})
    for number, minors in releases.items():
        write_jar(folder / f"stubs-{number}.jar",
                  class_files(Release(api, minors)))


if __name__ == "__main__":
    main()
