#!/usr/bin/env python3
"""What the card costs: flash, RAM and stack, a module and an entry point.

    tools/footprint.py [--build build] [--target host|cortex-m3|cortex-m4 ...]
        [--define NAME=VALUE ...] [--tagged] [--small]

Compiles lib/, card/ and the API's tables with -Os for each target (gcc;
arm-none-eabi-gcc with -mthumb) and prints

- flash: code and constants of each module, and that none has .data or .bss;
- RAM: the members of struct card, which is all that a card keeps in it;
- stack: the deepest chain of frames below each entry point, from the
  compiler's call graph.  A call through a pointer is taken to reach the
  deepest function that nobody calls directly; each function stands once in a
  chain, as recursion is bounded by the code (a native that runs an applet's
  method): what a second turn costs is in the column `again`.

Buffers lent by the port are the port's choice: include/card/port.h.  Exit 1
when a module has mutable data.
"""
import argparse
import collections
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGETS = {
    "host": ["gcc", "-Os"],
    "cortex-m3": ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Os"],
    "cortex-m4": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-Os"],
}
SIZE = {"host": "size", "cortex-m3": "arm-none-eabi-size",
        "cortex-m4": "arm-none-eabi-size"}
NM = {"host": "nm", "cortex-m3": "arm-none-eabi-nm",
      "cortex-m4": "arm-none-eabi-nm"}
ENTRIES = ["card_init", "card_format", "card_power_on", "card_transmit",
           "card_power_off", "card_check", "card_dump", "card_fork"]
CALL = ["-ffunction-sections", "-fdata-sections", "-std=gnu11",
        "-fcallgraph-info=su", "-w"]
INDIRECT = "__indirect_call"


def sources(build, tagged):
    """(source, include options) of each file of lib/, card/ and the tables."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (build / entry["file"]).resolve()
        words = shlex.split(entry["command"])
        if ("-DCARD_TAGGED=1" in words) != tagged and "/card/" in str(path):
            continue
        inside = path.relative_to(ROOT) if ROOT in path.parents else path
        if not (str(inside).startswith(("lib/", "card/"))
                or path.name in ("api_tables.c", "api_lookup.c")):
            continue
        found[path] = [f"-I{(build / w[2:]).resolve()}" for w in words
                       if w.startswith("-I")]
    return found


def small_sizes(build):
    """The definitions with which card_small of card/meson.build is made."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        sizes = [w for w in words if re.match(r"-DCARD_(?!TAGGED)\w+=\d+$", w)]
        if sizes and entry["file"].endswith("card/card.c"):
            return sizes
    raise SystemExit("there is no card_small in this build")


def module(path):
    """lib/cap, card/vm, ...; card/card.c is in card."""
    if ROOT not in path.parents:
        return "apidef"
    parts = path.relative_to(ROOT).parts
    if "apidef" in parts:
        return "apidef"
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def run(command):
    result = subprocess.run(command, capture_output=True, text=True,
                            check=False)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{result.stderr}")
    return result.stdout


class Graph:
    """Frames and calls, as gcc's .ci files tell them."""

    def __init__(self):
        self.frame = {}
        self.calls = collections.defaultdict(set)
        self.dynamic = []

    def read(self, text):
        for name, label in re.findall(
                r'node: \{ title: "([^"]+)" label: "([^"]*)"', text):
            size = re.search(r"(\d+) bytes \((\w+)", label)
            if size:
                self.frame[name] = int(size[1])
                if size[2] != "static":
                    self.dynamic.append(name)
        for a, b in re.findall(
                r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', text):
            self.calls[a].add(b)

    def close(self):
        """Calls through pointers reach whoever is called by nobody."""
        called = {b for bs in self.calls.values() for b in bs}
        entries = {e for e in ENTRIES}
        self.pointed = {f for f in self.frame if f not in called
                        and plain(f) not in entries}
        self.depth = {}
        self.again = {}

    def deepest(self, name, above=()):
        """(bytes, chain) below and with `name`; a cycle is cut."""
        if name in self.depth:
            return self.depth[name]
        if name in above:
            start = above.index(name)
            turn = sum(self.frame.get(f, 0) for f in above[start:])
            self.again[name] = max(self.again.get(name, 0), turn)
            return 0, ()
        below = set(self.calls.get(name, ()))
        if INDIRECT in below:
            below = (below - {INDIRECT}) | self.pointed
        best = max((self.deepest(f, above + (name,)) for f in below),
                   default=(0, ()), key=lambda d: d[0])
        found = (self.frame.get(name, 0) + best[0], (name,) + best[1])
        self.depth[name] = found
        return found


def plain(name):
    return re.sub(r"\.(isra|part|constprop|cold)[.\d]*$", "",
                  name.rsplit(":", 1)[-1])


def compile_all(target, files, defines, folder):
    """Objects by module, and the graph."""
    objects = collections.defaultdict(list)
    graph = Graph()
    for i, (path, includes) in enumerate(sorted(files.items())):
        out = folder / f"{i}-{path.stem}.o"
        run([*TARGETS[target], *CALL, *includes, *defines, "-c", str(path),
             "-o", str(out)])
        objects[module(path)].append(out)
        graph.read(out.with_suffix(".ci").read_text())
    graph.close()
    return objects, graph


def flash(target, objects):
    print(f"{'module':<20} {'code and constants':>20} {'data':>6} {'bss':>6}")
    total = mutable = 0
    for name in sorted(objects):
        text = data = bss = 0
        for line in run([SIZE[target], "-A", *objects[name]]).splitlines():
            m = re.match(r"(\.\S+)\s+(\d+)", line)
            if not m:
                continue
            section, size = m[1], int(m[2])
            if section.startswith((".text", ".rodata", ".data.rel.ro",
                                   ".constdata", ".ARM.ex")):
                text += size
            elif section.startswith(".data"):
                data += size
            elif section.startswith(".bss"):
                bss += size
        print(f"{name:<20} {text:>20,} {data:>6,} {bss:>6,}")
        total += text
        mutable += data + bss
    print(f"{'all':<20} {total:>20,} {mutable:>6,}\n")
    return mutable


def ram(target, files, defines, folder):
    """Sizes of the members of struct card, read from an object file."""
    text = (ROOT / "card/root.h").read_text()
    body = text[text.index("struct card {"):]
    members = re.findall(r"(\w+);", re.sub(r"/\*.*?\*/", "", body, flags=re.S))
    source = folder / "members.c"
    lines = [f"char member_{m}[sizeof(((struct card *)0)->{m})];"
             for m in members]
    source.write_text('#include "root.h"\n' + "\n".join(lines)
                      + "\nchar member_all[sizeof(struct card)];\n")
    includes = files[ROOT / "card/card.c"]
    out = folder / "members.o"
    run([*TARGETS[target], *includes, *defines, "-fno-common", "-c",
         str(source), "-o", str(out)])
    print(f"{'struct card':<20} {'bytes':>20}")
    for line in sorted(run([NM[target], "-S", str(out)]).splitlines(),
                       key=lambda x: -int(x.split()[1], 16)):
        words = line.split()
        print(f"{words[3].removeprefix('member_'):<20} "
              f"{int(words[1], 16):>20,}")
    print()


def stack(graph):
    by_plain = {plain(f): f for f in graph.frame}
    print(f"{'entry point':<20} {'stack, bytes':>20} {'again':>6}  deepest")
    for entry in ENTRIES:
        if entry not in by_plain:
            continue
        size, chain = graph.deepest(by_plain[entry])
        again = max((graph.again.get(f, 0) for f in chain), default=0)
        heavy = sorted(chain, key=lambda f: -graph.frame.get(f, 0))[:3]
        print(f"{entry:<20} {size:>20,} {again:>6,}  " + ", ".join(
            f"{plain(f)} {graph.frame.get(f, 0)}" for f in heavy))
    largest = sorted(graph.frame, key=lambda f: -graph.frame[f])[:5]
    print("largest frames: " + ", ".join(
        f"{plain(f)} {graph.frame[f]}" for f in largest))
    if graph.dynamic:
        print("not of a fixed size: " + ", ".join(map(plain, graph.dynamic)))
    print()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default=ROOT / "build", type=pathlib.Path)
    parser.add_argument("--target", action="append", choices=TARGETS)
    parser.add_argument("--define", action="append", default=[])
    parser.add_argument("--tagged", action="store_true",
                        help="the build that tags every cell")
    parser.add_argument("--small", action="store_true",
                        help="the sizes of a microcontroller's card")
    options = parser.parse_args()
    defines = [f"-D{d}" for d in options.define]
    if options.small:
        defines += small_sizes(options.build.resolve())
    if options.tagged:
        defines.append("-DCARD_TAGGED=1")
    files = sources(options.build.resolve(), options.tagged)
    mutable = 0
    for target in options.target or ["host", "cortex-m3"]:
        print(f"{target}: {' '.join(TARGETS[target] + defines)}\n")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            objects, graph = compile_all(target, files, defines, folder)
            mutable += flash(target, objects)
            ram(target, files, defines, folder)
            stack(graph)
    return 1 if mutable else 0


if __name__ == "__main__":
    sys.exit(main())
