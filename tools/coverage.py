#!/usr/bin/env python3
"""Writes docs/coverage.md: every method of the API, whether the card has it,
and which tests call it.

  coverage.py BUILD          writes it
  coverage.py BUILD --check  compares it with the file

A test calls a method when the package of one of its applets does, which is
seen in the CAP file that BUILD has of it; or when it says so in a comment
or in a transcript, "API: javacard.framework.Util.arrayCopy".
"""
import collections
import json
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "apidef"))
import generate as tables  # noqa: E402

TARGET = ROOT / "docs/coverage.md"
DEFINITIONS = ROOT / "card/natives/natives.def"
TAG = re.compile(r"API: ([\w.$<>]+?)\.([\w<>]+)(\([^ ]*)?\s")
PACKAGES = re.compile(r"java|org\.globalplatform|visa")
# What applets bring along, for the runtime or for one another: the card calls
# it and has none of its own.
APPLETS = {
    "javacard.framework.Applet.process",
    "javacard.framework.AppletEvent.uninstall",
    "javacard.framework.MultiSelectable.select",
    "javacard.framework.MultiSelectable.deselect",
    "org.globalplatform.Application.processData",
    "org.globalplatform.Personalization.processData",
}
# Interfaces of that kind as a whole.
FACES = re.compile(r"javacardx\.security\.derivation\.\w+Spec$|"
                   r"javacard\.security\.PrimalityTestParamSpec$|"
                   r"javacard\.framework\.service\.(Remote|Security)?Service$|"
                   r"javacardx\.security\.cert\.\w+\$\w+Handler$|"
                   r"org\.globalplatform\.(GlobalService|HTTPReportListener|"
                   r"Authority(Signature)?|"
                   r"privacy\.(Global)?PrivacyProtocol|"
                   r"filesystem\.GlobalMasterFile|"
                   r"contactless\.(CLApplet(ActivationPolicy)?|"
                   r"CR(EL|S)Application)|"
                   r"upgrade\.OnUpgradeListener)$")
# Of classes or packages that are not there: why.
REASONS = {
    "javacard.security.SM2KeyAgreementParameterSpec":
        "KeyAgreement has neither ALG_SM2 nor ALG_SM2_WITH_CONFIRMATION: "
        "OpenSSL 3 has no such agreement, and no text could be had of the "
        "form in which generateSecret() takes what the other side sends",
    "org.globalplatform.HTTPAdministration":
        "there is no administration over HTTP (Amendment B, SCP81)",
    "org.globalplatform": "not built yet",
}


def native_definitions():
    import importlib.util
    spec = importlib.util.spec_from_file_location(
        "natives_generate", ROOT / "card/natives/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.rows_of(module.text_of(DEFINITIONS))


def native_ids(api):
    ids = {}
    for cls in api.each_class():
        for m in cls["statics"] + cls["virtuals"]:
            ids[cls["class"].replace(".", "/"), m["method"],
                m["descriptor"]] = m["id"]
    return ids


def uses_of(build, cap):
    """The API's methods that a CAP file names."""
    done = subprocess.run([build / "postcard", "cap", "info", "--json", cap],
                          check=True, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    for use in json.loads(done.stdout)["uses"]:
        if "(" in use.get("name", ""):
            name, _, rest = use["name"].partition("(")
            yield (*name.rsplit(".", 1), "(" + rest)


def called(api, ids, build):
    """{id: names of tests}."""
    tests = collections.defaultdict(set)
    for cap in sorted((build / "tests").rglob("*.cap")):
        where = str(cap.parent.relative_to(build))
        for key in uses_of(build, cap):
            if key in ids:
                tests[ids[key]].add(where)
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix not in (".c", ".java", ".py", ".txt"):
            continue
        for name, method, descriptor in TAG.findall(path.read_text()):
            found = [i for (c, m, d), i in ids.items()
                     if c == name.replace(".", "/") and m == method and
                     (not descriptor or d == descriptor)]
            if not found:
                raise SystemExit(f"{path}: the API has no {name}.{method}")
            for i in found:
                tests[i].add(str(path.relative_to(ROOT)))
    return tests


def state(cls, m, natives):
    if m["id"] in natives:
        return "yes"
    if f'{cls["class"]}.{m["method"]}' in APPLETS or \
            ("interface" in cls["flags"] and FACES.match(cls["class"])):
        return "by applets"
    if "abstract" in m["flags"] and "protected" in m["flags"]:
        return "by applets"
    return "**no**"


def rows(api, natives, tests):
    for package in api.packages:
        if not PACKAGES.match(package["package"]):
            continue
        lines = []
        for cls in package["classes"]:
            for m in cls["statics"] + cls["virtuals"]:
                if m["introduced_in"] == "-":
                    lines.append((cls, m, state(cls, m, natives),
                                  sorted(tests[m["id"]])))
        if lines:
            yield package, lines


def reason_for(name):
    """Why a class is not there, by its name or by its package's."""
    for start, reason in REASONS.items():
        if name == start or name.startswith(start + "."):
            return reason
    raise SystemExit(f"{name} lacks methods, and tools/coverage.py no reason")


def missing(parts):
    """A row a class that lacks methods."""
    for package, lines in parts:
        lacking = collections.Counter(
            cls["class"] for cls, _, here, _ in lines if here == "**no**")
        for name, count in lacking.items():
            yield f"| {name} | {count} | {reason_for(name)} |"


def render(api, natives, tests):
    out = ["# Coverage of the API", "",
           "Every method that a package declares, whether the card has it, "
           "and the tests that call it. Written by `tools/coverage.py`.", "",
           "\"By applets\": a method that an applet brings along, which the card "
           "calls; a package that uses one with \"no\" is refused by LOAD, with "
           "its name.", "",
           "| package | version | methods | on the card | called by a test |",
           "|---|---|---|---|---|"]
    parts = list(rows(api, natives, tests))
    for package, lines in parts:
        have = [line for line in lines if line[2] != "**no**"]
        tried = [line for line in have if line[3]]
        out.append(f'| {package["package"]} | {package["major"]}.'
                   f'{package["minor"]} | {len(lines)} | {len(have)} | '
                   f'{len(tried)} |')
    out += ["", "## Missing, and why", "", "| class | methods | why |",
            "|---|---|---|", *missing(parts)]
    for package, lines in parts:
        out += ["", f'## {package["package"]}', "",
                "| method | since | on the card | tests |", "|---|---|---|---|"]
        for cls, m, here, where in lines:
            name = cls["class"][len(package["package"]) + 1:]
            out.append(f'| {name}.{m["method"]}`{m["descriptor"]}` | '
                       f'{m["since"]} | {here} | '
                       f'{", ".join(f"`{w}`" for w in where)} |')
    return "\n".join(out) + "\n"


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    api = tables.Api()
    ids = native_ids(api)
    natives = {ids[c, m, d + rest] for c, m, d, rest, _ in native_definitions()}
    text = render(api, natives, called(api, ids, build))
    if sys.argv[2:] != ["--check"]:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        raise SystemExit("docs/coverage.md is not up to date: run "
                         "tools/coverage.py")


if __name__ == "__main__":
    main()
