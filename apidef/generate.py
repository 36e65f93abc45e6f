#!/usr/bin/env python3
"""Writes the API tables (tables/*.tsv) as rows of api.h for C programs:
generate.py FILE.c.  The jars to compile applets against are stubs.py's."""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent / "tables"


def read(name):
    """The rows of a table; lines that begin with # explain it."""
    lines = [line for line in (HERE / name).read_text().splitlines()
             if not line.startswith("#")]
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
        self.add_implementation(read("implementation.tsv"))

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

    def add_implementation(self, rows):
        """Native cells, and the classes that no package can name."""
        for p in self.packages:
            p["hidden"] = []
        for row in rows:
            if row["class"] in self.classes:
                self.classes[row["class"]].update(
                    cells=row["cells"], references=row["references"])
            else:
                package = row["class"].rpartition(".")[0]
                self.packages[self.by_package[package]]["hidden"] \
                    .append(self.hidden_class(row))

    def hidden_class(self, row):
        above = "java.lang.Object" if row["super"] == "-" else row["super"]
        names = [] if row["interfaces"] == "-" else row["interfaces"].split(",")
        faces = dict.fromkeys(names + listed(self.classes[above]["interfaces"]))
        virtuals = list(self.classes[above]["virtuals"])
        for face in list(faces):
            faces.update(dict.fromkeys(listed(self.classes[face]["interfaces"])))
            known = {(m["method"], m["descriptor"]) for m in virtuals}
            virtuals += [m for m in self.classes[face]["virtuals"]
                         if (m["method"], m["descriptor"]) not in known]
        shareable = " shareable" if "javacard.framework.Shareable" in faces \
            else ""
        return dict(
            row, flags="final" + shareable, since="1.0", cap22_count="?", statics=[],
            fields=[], virtuals=virtuals, interfaces=",".join(faces) or "-",
            supers=",".join(listed(self.classes[above]["supers"]) + [above]))

    def each_class(self):
        for p in self.packages:
            tokens = [int(c["class_token"]) for c in p["classes"]]
            assert tokens == list(range(len(tokens))), p["package"]
            yield from p["classes"]

    def place(self, name):
        """Package index and class token of a class."""
        row = self.classes[name]
        return self.by_package[row["package"]], int(row["class_token"])


def listed(text):
    return [] if text == "-" else text.split(",")


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
            f'{flags(f["flags"], METHOD_FLAGS) & 3}, {minor_of(f)}}},')


def c_array(lines, kind, name, rows):
    if rows:
        lines += [f"static const {kind} {name}[] = {{", *rows, "};"]
    return name if rows else "0"


def c_class(api, lines, cls):
    name = re.sub(r"\W", "_", cls["class"])
    supers = listed(cls["supers"])
    package, token = api.place(supers[-1]) if supers else (0xFFFF, 0)
    faces = listed(cls["interfaces"])
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
            f'{len(cls["fields"])}, {minor_of(cls)}, {cls.get("cells", 0)}, '
            f'{cls.get("references", 0)}, {", ".join(arrays)}}},')


def c_tables(api):
    lines = ['#include "apidef/api.h"', ""]
    rows = []
    for i, p in enumerate(api.packages):
        classes = [c_class(api, lines, c) for c in p["classes"]]
        hidden = [c_class(api, lines, c) for c in p["hidden"]]
        name = c_array(lines, "struct api_class", f"classes_{i}", classes)
        behind = c_array(lines, "struct api_class", f"hidden_{i}", hidden)
        aid = bytes.fromhex(p["aid"])
        octets = ", ".join(f"0x{b:02X}" for b in aid)
        rows.append(f'    {{"{p["package"].replace(".", "/")}", {{{octets}}}, '
                    f'{len(aid)}, {p["minor"]}, {p["major"]}, '
                    f'{len(classes)}, {len(hidden)}, {name}, {behind}}},')
    lines += ["const struct api_package api_packages[] = {", *rows, "};",
              f"const uint16_t api_package_count = {len(rows)};",
              f"const uint16_t api_method_count = {api.method_count};", ""]
    return "\n".join(lines)


def main():
    pathlib.Path(sys.argv[1]).write_text(c_tables(Api()))


if __name__ == "__main__":
    main()
