#!/usr/bin/env python3
"""Writes the table of native methods from natives.def and the API tables.

  generate.py APIDEF_DIR natives.def FILE.c

natives.def names the files that the rows stand in.  Every method of a class
of the card's own (tables/implementation.tsv) has to be among them.
"""
import pathlib
import re
import sys

ROW = re.compile(r'NATIVE\(\s*"([^"]*)",\s*"([^"]*)",\s*'
                 r'"([^"]*)"(?:\s*"([^"]*)")?,\s*(\w+)\)')


sys.dont_write_bytecode = True


INCLUDE = re.compile(r'#include "natives/(.*)"')


def text_of(definitions):
    """The text of all files together."""
    return "".join(
        (definitions.parent / name).read_text()
        for name in INCLUDE.findall(definitions.read_text()))


def rows_of(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    rows = ROW.findall(text)
    if len(rows) != text.count("NATIVE("):
        raise SystemExit("natives/def: a line is not understood")
    return rows


def ids_of(api):
    ids = {}
    for cls in api.each_class():
        name = cls["class"].replace(".", "/")
        for m in cls["statics"] + cls["virtuals"]:
            ids[name, m["method"], m["descriptor"]] = m["id"]
    return ids


def unanswered(api, natives):
    """What a class of the card's own inherits and nobody carries out: such a
    call would find no method, on a card that loaded its caller."""
    return [f"{cls['class']} has no native for {m['method']}{m['descriptor']}"
            f" of {m['class']}"
            for p in api.packages for cls in p["hidden"]
            for m in cls["virtuals"] if m["id"] not in natives]


def table(rows, ids, api):
    chosen = {}
    for class_name, method, descriptor, rest, function in rows:
        descriptor += rest
        key = (class_name, method, descriptor)
        if key not in ids:
            raise SystemExit("natives.def: the API has no %s.%s%s" % key)
        if chosen.setdefault(ids[key], function) != function:
            raise SystemExit("natives.def: %s.%s%s stands there twice" % key)
    missing = unanswered(api, chosen)
    if missing:
        raise SystemExit("natives.def: " + "\n".join(missing))
    lines = ['#include "natives/natives.h"', "",
             f"vm_native *const native_table[{api.method_count}] = {{"]
    lines += [f"    [{i}] = {f}," for i, f in sorted(chosen.items())]
    return "\n".join([*lines, "};", ""])


def main():
    apidef, definitions, out = map(pathlib.Path, sys.argv[1:])
    sys.path.insert(0, str(apidef))
    import generate as tables
    if not hasattr(tables, "Api"):
        raise SystemExit("the API's generate.py is not where it should be")
    api = tables.Api()
    rows = rows_of(text_of(definitions))
    out.write_text(table(rows, ids_of(api), api))


if __name__ == "__main__":
    main()
