#!/usr/bin/env python3
"""Proves that a card loads, runs, deletes and loads again one package in each
format (2.1, 2.2, 2.3 compact, 2.3 extended), its Descriptor and its Debug
each sent, left out of the load or not in the file, in each order of components
that tools send.  Format 2.1 knows no Debug, so a file of it has none.  An
extended file is always sent with its Descriptor: where classes of several
packages hide methods below each other, nothing else tells the packages apart,
and the card refuses the load without it (rule PACKAGES), which is shown too.

matrix_test.py POSTCARD CARD_RUNNER"""
import sys
import tempfile

import shapes
import workshop

# Of what a load may consist: the specification's order [JCVM 6.3], which the
# traces of other tools show too, the order of tags, which is that of archives,
# and one that nobody has: only Header has to come first.
ORDERS = {
    "reference": shapes.SENT,
    "tags": list(range(1, 14)),
    "backward": [1, *range(13, 1, -1)],
}
DESCRIPTOR, DEBUG = 11, 12
SENT, LEFT_OUT, ABSENT = "sent", "left out", "absent"
FAMILY = "F0504F5356"
COMPACT = ("F0504F5348", ["F0504F534801"],
           [("F0504F534801", "8000000000", shapes.ANSWER)])
EXTENDED = (FAMILY, [FAMILY + "01", FAMILY + "02"],
            [(FAMILY + "01", "0001000000", "00759000"),
             (FAMILY + "01", "0003050000", "00109000"),
             (FAMILY + "02", "0001000000", "01239000")])
NAMED = {"name": 'package_name "org/postcard/habits"'}


def text_of(form, descriptor, debug):
    """The file's text, with the components that it has."""
    if form == "extended":
        text = shapes.FAMILY
    else:
        text = shapes.ask(form, **(NAMED if form == "2.2" else {}))
    if debug != ABSENT:
        text = shapes.with_debug(text)
    return shapes.without(text, "Descriptor") if descriptor == ABSENT else text


def cases():
    """(form, Descriptor, Debug) of every file and what is sent of it."""
    for form in ("2.1", "2.2", "2.3", "extended"):
        for descriptor in (SENT, LEFT_OUT, ABSENT):
            for debug in (ABSENT,) if form == "2.1" else (
                    SENT, LEFT_OUT, ABSENT):
                yield form, descriptor, debug


def life(path, package, applets, asked):
    """The lines of a package's life, and what the card answers."""
    lines = [f"block {package} {path}"]
    lines += [f"install {package} {a} x" for a in applets]
    for aid, command, _ in asked:
        lines += [f"select {aid}", f"> {command}"]
    return (lines + [f"delete {package}"],
            [answer for _, _, answer in asked])


def main():
    postcard, runner = sys.argv[1:3]
    wanted, taken, refused = [], 0, 0
    lines = ["card"]
    with tempfile.TemporaryDirectory() as folder:
        maker = shapes.Maker(postcard, folder)
        for form, descriptor, debug in cases():
            parts = maker.parts(text_of(form, descriptor, debug))
            has = {tag for tag, _, _ in parts}
            if (DESCRIPTOR in has, DEBUG in has) != (
                    descriptor != ABSENT, debug != ABSENT):
                raise workshop.Failed(f"{form}: the file holds {has}")
            for order in ORDERS.values():
                sent = [t for t in order
                        if (t != DESCRIPTOR or descriptor == SENT)
                        and (t != DEBUG or debug == SENT)]
                path = maker.write(shapes.block(parts, sent), ".load")
                if form == "extended" and descriptor != SENT:
                    lines.append(f"refused {FAMILY} {path}")
                    refused += 1
                    continue
                told = life(path, *(EXTENDED if form == "extended"
                                    else COMPACT))
                lines += told[0] + told[0]
                wanted += told[1] + told[1]
                taken += 1
        bare = maker.write(shapes.archive([
            shapes.Entry(n, b) for _, n, b in
            maker.parts(text_of("extended", ABSENT, ABSENT))]))
        if "(PACKAGES)" not in maker.refused(bare):
            raise workshop.Failed("another rule refuses the extended file")
        shop = workshop.Workshop(folder, None, runner, None)
        said = shop.card_answers(lines)
    print(f"{taken} loads taken twice, {refused} refused")
    if said != wanted:
        print(f"answers {said}\nwanted {wanted}")
    return 0 if said == wanted and taken and refused else 1


if __name__ == "__main__":
    sys.exit(main())
