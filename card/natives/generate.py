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
# Methods whose results SensitiveResult can be asked for.
SENSITIVE = re.compile(r'SENSITIVE\(\s*"([^"]*)",\s*"([^"]*)",\s*'
                       r'"([^"]*)"(?:\s*"([^"]*)")?\)')
KINDS = {"Z": "JCRE_RESULT_BOOLEAN", "B": "JCRE_RESULT_SHORT",
         "S": "JCRE_RESULT_SHORT", "L": "JCRE_RESULT_REF"}


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


def sensitive_of(text):
    """{(class, method, descriptor): the kind of its result}."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    rows = SENSITIVE.findall(text)
    if len(rows) != text.count("SENSITIVE("):
        raise SystemExit("natives/def: a sensitive line is not understood")
    return {(c, m, d + rest): KINDS[(d + rest).rpartition(")")[2][0]]
            for c, m, d, rest in rows}


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


def wrapper(i, function, kind):
    """A function that calls the native and keeps its result."""
    return [f"static enum vm_native_result sensitive_{i}(struct vm *vm,",
            "    const struct vm_call *call)", "{",
            f"    return native_sensitive(vm, call, {function}, {kind});",
            "}", ""]


def table(rows, sensitive, ids, api):
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
    lines = ['#include "natives/natives.h"', '#include "natives/result.h"',
             ""]
    for key, kind in sensitive.items():
        if ids.get(key) not in chosen:
            raise SystemExit("natives/def: no native %s.%s%s" % key)
        i = ids[key]
        lines += wrapper(i, chosen[i], kind)
        chosen[i] = f"sensitive_{i}"
    lines += [f"vm_native *const native_table[{api.method_count}] = {{"]
    lines += [f"    [{i}] = {f}," for i, f in sorted(chosen.items())]
    return "\n".join([*lines, "};", ""])


def main():
    apidef, definitions, out = map(pathlib.Path, sys.argv[1:])
    sys.path.insert(0, str(apidef))
    import generate as tables
    if not hasattr(tables, "Api"):
        raise SystemExit("the API's generate.py is not where it should be")
    api = tables.Api()
    text = text_of(definitions)
    out.write_text(table(rows_of(text), sensitive_of(text), ids_of(api), api))


if __name__ == "__main__":
    main()
