#!/usr/bin/env python3
"""Writes what follows from the API tables (tables/*.tsv).

  generate.py --tables FILE.c          the rows of api.h for C programs
  generate.py --stubs DIR              Java sources to compile applets against
              [--target RELEASE]       only what that release has
"""
import argparse
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent / "tables"


def read(name):
    lines = (HERE / name).read_text().splitlines()
    head = lines[0].split("\t")
    return [dict(zip(head, line.split("\t"))) for line in lines[1:]]


class Api:
    """The tables, joined: packages hold classes, classes hold members."""

    def __init__(self):
        self.packages = read("packages.tsv")
        self.by_package = {p["package"]: i for i, p in enumerate(self.packages)}
        for p in self.packages:
            p["classes"] = []
        self.classes = {}
        rows = sorted(read("classes.tsv"), key=lambda r: int(r["class_token"]))
        known = {row["class"] for row in rows}
        for row in rows:
            row.update(statics=[], virtuals=[], fields=[])
            row["interfaces"] = ",".join(
                i for i in row["interfaces"].split(",") if i in known) or "-"
            self.classes[row["class"]] = row
            self.packages[self.by_package[row["package"]]]["classes"] \
                .append(row)
        for row in read("methods.tsv"):
            kind = "statics" if row["kind"] in ("static", "ctor") \
                else "virtuals"
            self.classes[row["class"]][kind].append(row)
        for row in read("fields.tsv"):
            self.classes[row["class"]]["fields"].append(row)
        self.number_methods()

    def number_methods(self):
        """Gives each declared method an id; inherited ones have that of the
        class that introduced them."""
        ids = {}
        for cls in self.each_class():
            for kind in ("statics", "virtuals"):
                cls[kind].sort(key=lambda m: int(m["method_token"]))
                tokens = [int(m["method_token"]) for m in cls[kind]]
                assert tokens == list(range(len(tokens))), cls["class"]
                for m in cls[kind]:
                    if m["introduced_in"] == "-":
                        ids[cls["class"], m["method"], m["descriptor"]] = \
                            len(ids)
        for cls in self.each_class():
            for m in cls["statics"] + cls["virtuals"]:
                home = cls["class"] if m["introduced_in"] == "-" \
                    else m["introduced_in"]
                m["id"] = ids[home, m["method"], m["descriptor"]]
        self.method_count = len(ids)

    def each_class(self):
        for p in self.packages:
            tokens = [int(c["class_token"]) for c in p["classes"]]
            assert tokens == list(range(len(tokens))), p["package"]
            yield from p["classes"]

    def place(self, name):
        """Package index and class token of a class."""
        row = self.classes[name]
        return self.by_package[row["package"]], int(row["class_token"])


def minor_of(row):
    return int(row["since"].split(".")[1])


def argument_types(descriptor):
    return re.findall(r"\[*(?:L[^;]+;|[ZBSI])",
                      descriptor[1:descriptor.index(")")])


def cells(method):
    count = sum(2 if t == "I" else 1
                for t in argument_types(method["descriptor"]))
    return count + (method["kind"] != "static")


def result(method):
    t = method["descriptor"][method["descriptor"].index(")") + 1]
    return {"V": "V", "I": "I", "L": "A", "[": "A"}.get(t, "S")


CLASS_FLAGS = {"interface": 1, "abstract": 2, "final": 4, "shareable": 8,
               "remote": 16}
METHOD_FLAGS = {"public": 1, "protected": 2, "static": 4, "final": 8,
                "abstract": 16}


def flags(text, table):
    return sum(table.get(word, 0) for word in text.split())


def c_method(m):
    f = flags(m["flags"], METHOD_FLAGS) | (32 if m["kind"] == "ctor" else 0)
    return (f'    {{"{m["method"]}", "{m["descriptor"]}", {m["id"]}, {f}, '
            f"{cells(m)}, '{result(m)}', {minor_of(m)}}},")


def c_field(f):
    token = 255 if f["field_token"] == "-" else int(f["field_token"])
    value = 0 if f["value"] == "-" else int(f["value"])
    return (f'    {{"{f["field"]}", "{f["descriptor"]}", {value}, {token}, '
            f'{flags(f["flags"], METHOD_FLAGS) & 3}}},')


def c_array(lines, kind, name, rows):
    if rows:
        lines += [f"static const {kind} {name}[] = {{", *rows, "};"]
    return name if rows else "0"


def c_class(api, lines, cls):
    name = re.sub(r"\W", "_", cls["class"])
    supers = [] if cls["supers"] == "-" else cls["supers"].split(",")
    package, token = api.place(supers[-1]) if supers else (0xFFFF, 0)
    faces = [] if cls["interfaces"] == "-" else cls["interfaces"].split(",")
    places = [api.place(f) for f in faces]
    virtuals = len(cls["virtuals"])
    cap22 = virtuals if cls["cap22_count"] == "?" or "interface" in \
        cls["flags"] else int(cls["cap22_count"])
    arrays = [
        c_array(lines, "uint16_t", "i_" + name,
                [f"    0x{p << 8 | t:04X}," for p, t in places]),
        c_array(lines, "struct api_method", "s_" + name,
                [c_method(m) for m in cls["statics"]]),
        c_array(lines, "struct api_method", "v_" + name,
                [c_method(m) for m in cls["virtuals"]]),
        c_array(lines, "struct api_field", "f_" + name,
                [c_field(f) for f in cls["fields"]])]
    return (f'    {{"{cls["class"].replace(".", "/")}", {package}, {token}, '
            f'{flags(cls["flags"], CLASS_FLAGS)}, {len(faces)}, '
            f'{len(cls["statics"])}, {virtuals}, {cap22}, '
            f'{len(cls["fields"])}, {minor_of(cls)}, {", ".join(arrays)}}},')


def c_tables(api):
    lines = ['#include "apidef/api.h"', ""]
    rows = []
    for i, p in enumerate(api.packages):
        classes = [c_class(api, lines, c) for c in p["classes"]]
        name = c_array(lines, "struct api_class", f"classes_{i}", classes)
        aid = bytes.fromhex(p["aid"])
        octets = ", ".join(f"0x{b:02X}" for b in aid)
        rows.append(f'    {{"{p["package"].replace(".", "/")}", {{{octets}}}, '
                    f'{len(aid)}, {p["minor"]}, {p["major"]}, '
                    f'{len(classes)}, {name}}},')
    lines += ["const struct api_package api_packages[] = {", *rows, "};",
              f"const uint16_t api_package_count = {len(rows)};",
              f"const uint16_t api_method_count = {api.method_count};", ""]
    return "\n".join(lines)


# Checked exceptions that a method declares; the tables do not tell.
THROWS = {
    ("javacard.framework.CardException", "throwIt"):
        "javacard.framework.CardException",
    ("javacard.framework.UserException", "throwIt"):
        "javacard.framework.UserException",
}

# What javac needs of java.lang beyond the Java Card classes.
COMPILER_CLASSES = {
    "java.lang.String": "public final class String {}",
    "java.lang.Class": "public final class Class<T> {}",
    "java.lang.Cloneable": "public interface Cloneable {}",
    "java.lang.Comparable": "public interface Comparable<T> {}",
    "java.lang.Iterable": "public interface Iterable<T> {}",
    "java.lang.AutoCloseable": "public interface AutoCloseable {}",
    "java.lang.Error": "public class Error extends Throwable {}",
    "java.lang.Enum": "public abstract class Enum<E extends Enum<E>> {}",
    "java.lang.Number": "public abstract class Number {}",
    "java.lang.Boolean": "public final class Boolean {}",
    "java.lang.Byte": "public final class Byte extends Number {}",
    "java.lang.Short": "public final class Short extends Number {}",
    "java.lang.Integer": "public final class Integer extends Number {}",
    "java.lang.Long": "public final class Long extends Number {}",
    "java.lang.Float": "public final class Float extends Number {}",
    "java.lang.Double": "public final class Double extends Number {}",
    "java.lang.Character": "public final class Character {}",
    "java.lang.Void": "public final class Void {}",
    "java.lang.Override": "public @interface Override {}",
    "java.lang.Deprecated": "public @interface Deprecated {}",
    "java.lang.SuppressWarnings":
        "public @interface SuppressWarnings { String[] value(); }",
    "java.lang.FunctionalInterface": "public @interface FunctionalInterface {}",
    "java.lang.annotation.Annotation": "public interface Annotation {}",
    "java.io.Serializable": "public interface Serializable {}",
}

PRIMITIVES = {"Z": "boolean", "B": "byte", "S": "short", "I": "int",
              "V": "void"}


def java_type(t):
    depth = t.count("[")
    t = t.lstrip("[")
    name = PRIMITIVES.get(t) or t[1:-1].replace("/", ".").replace("$", ".")
    return name + "[]" * depth


def modifiers(text, drop=()):
    known = ("public", "protected", "static", "final", "abstract")
    return " ".join(w for w in text.split() if w in known and w not in drop)


def default_value(t):
    return {"Z": "false", "B": "(byte) 0", "S": "(short) 0", "I": "0"} \
        .get(t, f"({java_type(t)}) null")


def java_parameters(descriptor):
    return ", ".join(f"{java_type(t)} p{i}"
                     for i, t in enumerate(argument_types(descriptor)))


def java_constructor(api, cls, m):
    simple = re.split(r"[.$]", cls["class"])[-1]
    call = ""
    if cls["supers"] != "-":
        parent = api.classes[cls["supers"].split(",")[-1]]
        first = next((c for c in parent["statics"] if c["kind"] == "ctor"),
                     None)
        values = [default_value(t)
                  for t in argument_types(first["descriptor"])] if first \
            else []
        call = f"super({', '.join(values)});"
    return (f"{modifiers(m['flags'])} {simple}"
            f"({java_parameters(m['descriptor'])}) {{ {call} }}")


def java_method(cls, m):
    back = m["descriptor"][m["descriptor"].index(")") + 1:]
    throws = THROWS.get((cls["class"], m["method"]))
    line = (f"{modifiers(m['flags'])} {java_type(back)} {m['method']}"
            f"({java_parameters(m['descriptor'])})"
            + (f" throws {throws}" if throws else ""))
    if "abstract" in m["flags"].split() or "interface" in cls["flags"]:
        return line + ";"
    return line + (" {}" if back == "V"
                   else f" {{ return {default_value(back)}; }}")


def java_field(f):
    if f["value"] == "-":
        return (f"{modifiers(f['flags'])} {java_type(f['descriptor'])} "
                f"{f['field']} = {default_value(f['descriptor'])};")
    value = f["value"]
    if f["descriptor"] == "Z":
        value = "true" if value != "0" else "false"
    elif f["descriptor"] != "I":
        value = f"({java_type(f['descriptor'])}) {value}"
    return (f"{modifiers(f['flags'])} {java_type(f['descriptor'])} "
            f"{f['field']} = {value};")


def java_head(cls):
    simple = re.split(r"[.$]", cls["class"])[-1]
    inner = "static " if "$" in cls["class"] else ""
    faces = [] if cls["interfaces"] == "-" else \
        [f.replace("$", ".") for f in cls["interfaces"].split(",")]
    if "interface" in cls["flags"].split():
        tail = f" extends {', '.join(faces)}" if faces else ""
        return f"public {inner}interface {simple}{tail}"
    tail = ""
    if cls["supers"] != "-":
        parent = cls["supers"].split(",")[-1].replace("$", ".")
        tail = f" extends {parent}"
    if faces:
        tail += f" implements {', '.join(faces)}"
    return f"{modifiers(cls['flags'], ('interface',))} {inner}class " \
           f"{simple}{tail}".replace("  ", " ")


def is_bridge(api, cls, m):
    """The inherited signature of a method redeclared with a narrower result:
    javac makes it by itself."""
    arguments = m["descriptor"].split(")")[0]
    twins = [o for o in cls["virtuals"] if o["method"] == m["method"] and
             o["descriptor"].split(")")[0] == arguments]
    parents = [] if cls["supers"] == "-" else cls["supers"].split(",")
    return len(twins) > 1 and any(
        o["method"] == m["method"] and o["descriptor"] == m["descriptor"]
        for p in parents for o in api.classes[p]["virtuals"])


def is_declared(api, cls, m):
    """Declared here, or an abstract method of a superclass made concrete."""
    if is_bridge(api, cls, m):
        return False
    if m["introduced_in"] == "-":
        return True
    if "abstract" in m["flags"].split():
        return False
    home = api.classes[m["introduced_in"]]
    return any("abstract" in h["flags"].split() and h["id"] == m["id"]
               for h in home["virtuals"])


def java_class(api, cls, kept):
    lines = [java_head(cls) + " {"]
    constructors = [m for m in cls["statics"] if m["kind"] == "ctor"]
    is_class = "interface" not in cls["flags"].split()
    for f in cls["fields"]:
        if kept(f):
            lines.append("    " + java_field(f))
    for m in cls["statics"] + cls["virtuals"]:
        if not kept(m) or not is_declared(api, cls, m):
            continue
        lines.append("    " + (java_constructor(api, cls, m)
                               if m["kind"] == "ctor" else
                               java_method(cls, m)))
    if is_class and not constructors:
        hidden = dict(flags="", descriptor="()V", kind="ctor")
        lines.append("   " + java_constructor(api, cls, hidden))
    for inner in api.each_class():
        if inner["class"].rpartition("$")[0] == cls["class"] and kept(inner):
            lines += ["    " + line
                      for line in java_class(api, inner, kept)]
    return [*lines, "}"]


def release_filter(api, release):
    """Whether a row is there in a release: its package version decides."""
    if release is None:
        return lambda package: lambda row: True
    minors = {r["package"]: minor_of({"since": r["version"]})
              for r in read("release_map.tsv")
              if r["release"] == "JC " + release}
    if not minors:
        raise SystemExit(f"no release {release} in release_map.tsv")
    return lambda package: lambda row: (
        not package.startswith(("java.", "javacard")) or
        (package in minors and minor_of(row) <= minors[package]))


def write_stubs(api, folder, release):
    chosen = release_filter(api, release)
    for p in api.packages:
        kept = chosen(p["package"])
        place = folder / p["package"].replace(".", "/")
        for cls in p["classes"]:
            if "$" in cls["class"] or not kept(cls):
                continue
            place.mkdir(parents=True, exist_ok=True)
            simple = cls["class"].rpartition(".")[2]
            (place / f"{simple}.java").write_text("\n".join(
                [f"package {p['package']};", "",
                 *java_class(api, cls, kept), ""]))
    for name, body in COMPILER_CLASSES.items():
        package, _, simple = name.rpartition(".")
        place = folder / package.replace(".", "/")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{simple}.java").write_text(f"package {package};\n\n{body}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=pathlib.Path)
    parser.add_argument("--stubs", type=pathlib.Path)
    parser.add_argument("--target", help="a release, such as 3.0.5")
    options = parser.parse_args()
    api = Api()
    if options.tables:
        options.tables.write_text(c_tables(api))
    if options.stubs:
        write_stubs(api, options.stubs, options.target)


if __name__ == "__main__":
    main()
