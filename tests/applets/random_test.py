#!/usr/bin/env python3
"""Proves that what the converter makes of random Java methods computes on the
card what the same class files compute on a JVM: results, exceptions and what
is left in fields and arrays.  Also that the converter refuses a method only
where an exact intermediate value may leave 16 bits, by an analysis of its own.
See README.md for campaigns with other seeds."""
import argparse
import sys
import tempfile

import workshop
from packages import CLASSES, METHODS, VECTORS, Package

ROUNDS = 4
SHOWN = 5


class Campaign:
    def __init__(self, shop, seed, count):
        self.shop = shop
        self.seed = seed
        self.packages = [
            Package(seed, n, with_int=n % 2 == 0, risky=n % 10 == 9)
            for n in range(count)]
        self.refused = 0
        self.failures = 0

    # ---- from sources to CAP files ----

    def write(self, packages):
        files = []
        for p in packages:
            folder = self.shop.folder / "src" / p.name.replace(".", "/")
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in p.sources():
                path = folder / f"{name}.java"
                path.write_text(text)
                files.append(str(path))
        return files

    def cap(self, p):
        return self.shop.folder / f"random{p.number}.cap"

    def convert(self, p):
        more = ["--applet", p.aid + "01=Main", "--exp",
                str(self.shop.folder / "base.exp")]
        if p.with_int:
            more.append("--int")
        return self.shop.convert(p.name, p.aid, self.cap(p), more)

    def replace_refused(self, p, told):
        """Makes each refused method anew, with all the casts it may need."""
        places = set()
        for name, line, text in workshop.refused_lines(told):
            c = next((c for c in p.classes if f"{c.name}.java" == name), None)
            i, at = c.at(line) if c else (None, line)
            if i is None:
                raise workshop.Failed(f"{p.name}: {name}:{line}: {text}")
            method = c.methods[i]
            if at not in method.exposed:
                self.failures += 1
                print(f"refused without need: seed {self.seed}, {p.name}, "
                      f"{name}:{line}: {text}\n{method.lines[at]}")
            places.add((c, i))
        for c, i in places:
            c.methods[i] = c.method(i, careful=True)
        self.refused += len(places)

    def examine(self, postcard):
        for p in self.packages:
            workshop.examine(postcard, self.cap(p),
                             [self.shop.folder / "base.exp"])

    def build(self):
        shop = self.shop
        shop.compile_host()
        shop.compile(workshop.java_files(workshop.BASE)
                     + self.write(self.packages))
        shop.convert_base()
        waiting = self.packages
        for _ in range(ROUNDS):
            refused = []
            for p in waiting:
                told = self.convert(p)
                if told:
                    self.replace_refused(p, told)
                    refused.append(p)
            if not refused:
                return
            shop.compile(self.write(refused))
            waiting = refused
        raise workshop.Failed("methods with all casts are refused")

    # ---- on the card and on the JVM ----

    def script(self):
        for p in self.packages:
            yield "card"
            yield f"load {self.shop.folder}/base.cap"
            yield f"load {self.cap(p)}"
            yield f"install {p.aid} {p.aid}01 {p.name}.Main"
            yield f"select {p.aid}01"
            for c in range(CLASSES):
                for i in range(METHODS):
                    yield "> " + p.command(c, i)

    def cases(self):
        return [(p, c, i) for p in self.packages for c in range(CLASSES)
                for i in range(METHODS)]

    def tell(self, case, card, jvm):
        p, c, i = case
        print(f"different: seed {self.seed}, {p.name}.C{c}.m{i}"
              f"{' --int' if p.with_int else ''}")
        print("\n".join(p.classes[c].methods[i].lines))
        print("arguments: " + " ".join(
            "(" + ", ".join(map(str, v)) + ")" for v in p.vectors(c, i)))
        print(f"card {card}\nJVM  {jvm}\n")

    def compare(self):
        card, jvm = self.shop.answers(list(self.script()))
        cases = self.cases()
        if not len(card) == len(jvm) == len(cases):
            raise workshop.Failed(f"{len(cases)} methods, but {len(card)} "
                                  f"answers of the card, {len(jvm)} of the "
                                  "JVM")
        for case, a, b in zip(cases, card, jvm):
            if a != b or not b.endswith("9000"):
                self.failures += 1
                if self.failures <= SHOWN:
                    self.tell(case, a, b)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("builder")
    parser.add_argument("runner")
    parser.add_argument("stubs")
    parser.add_argument("--postcard", help="also verify, dump and assemble")
    parser.add_argument("--packages", type=int, default=40)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    if options.stubs == "none" or not workshop.have_java():
        workshop.skip("no javac to build the classes with")
    with tempfile.TemporaryDirectory() as folder:
        shop = workshop.Workshop(workshop.keep(folder), options.builder,
                                 options.runner, options.stubs)
        campaign = Campaign(shop, options.seed, options.packages)
        try:
            campaign.build()
            if options.postcard:
                campaign.examine(options.postcard)
            campaign.compare()
        except workshop.Failed as e:
            print(e)
            return 1
        total = len(campaign.cases())
        print(f"{total} methods with {VECTORS} calls each: "
              f"{campaign.failures} differences; {campaign.refused} methods "
              f"refused for lack of a cast ({100 * campaign.refused / total:.2f} "
              "%)")
        return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
