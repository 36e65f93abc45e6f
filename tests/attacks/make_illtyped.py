#!/usr/bin/env python3
"""make_illtyped.py GOOD.CAP BAD.CAP: an application whose code stores a number
where a reference is expected.

In the first "field = new byte[n]" the instruction newarray becomes two nops:
the number n, which was its operand, is then stored into the reference field.
No size and no offset changes, so only a check of the types can tell."""
import sys

from capedit import Cap

NEWARRAY, BYTE, NOP = 0x90, 11, 0x00
PUTFIELD_A = (0x87, 0xB5)  # putfield_a, putfield_a_this


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    cap = Cap(sys.argv[1])
    code = cap.info["Method"]
    for at in range(len(code) - 2):
        if code[at] == NEWARRAY and code[at + 1] == BYTE \
                and code[at + 2] in PUTFIELD_A:
            code[at] = code[at + 1] = NOP
            cap.write(sys.argv[2])
            print(f"{sys.argv[2]}: Method offset {at} stores a number as a "
                  "reference")
            return
    sys.exit(f"{sys.argv[1]}: no 'field = new byte[n]' in it")


if __name__ == "__main__":
    main()
