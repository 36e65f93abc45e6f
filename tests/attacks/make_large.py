#!/usr/bin/env python3
"""make_large.py GOOD.CAP LARGE.CAP BYTES: the same application with at least
BYTES bytes of constant arrays more, up to 60000, well-formed in every way.

GOOD.CAP must have one class that is last in Descriptor's class list and has
one static field, a byte[] with start values (the loyalty program is one)."""
import sys

from capedit import Cap

LONGEST, MOST, BYTE_TYPE, STATIC = 20000, 60000, 3, 0x08


def u2(data, at):
    return int.from_bytes(data[at:at + 2], "big")


def set_u2(data, at, value):
    data[at:at + 2] = value.to_bytes(2, "big")


def add_arrays(cap, sizes):
    """Appends arrays to segment 1; no other static field may stand behind."""
    field = cap.info["StaticField"]
    image, references, arrays = u2(field, 0), u2(field, 2), u2(field, 4)
    if (image, references, arrays) != (2, 1, 1):
        sys.exit("the application has other static fields")
    at = 6 + 3 + u2(field, 7)
    extra = b"".join(bytes([BYTE_TYPE]) + n.to_bytes(2, "big") + b"\x5A" * n
                     for n in sizes)
    field[at:at] = extra
    set_u2(field, 0, 2 + 2 * len(sizes))
    set_u2(field, 2, 1 + len(sizes))
    set_u2(field, 4, 1 + len(sizes))
    directory = cap.info["Directory"]
    set_u2(directory, 22, 2 + 2 * len(sizes))
    set_u2(directory, 24, 1 + len(sizes))
    set_u2(directory, 26, u2(directory, 26) + sum(sizes))


def add_descriptors(cap, count):
    """Private static fields of the same type, so that they tile the image."""
    descriptor = cap.info["Descriptor"]
    if descriptor[0] != 1:
        sys.exit("the application has more than one class")
    fields = u2(descriptor, 6)
    at = 10 + 2 * descriptor[5]
    for _ in range(fields):
        entry = descriptor[at:at + 7]
        at += 7
        if entry[1] & STATIC:
            break
    new = b"".join(bytes(entry[:3]) + (2 * (i + 1)).to_bytes(2, "big")
                   + bytes(entry[5:]) for i in range(count))
    descriptor[at:at] = new
    set_u2(descriptor, 6, fields + count)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    wanted = int(sys.argv[3])
    if not 0 < wanted <= MOST:
        sys.exit(f"BYTES is from 1 to {MOST}")
    sizes = [LONGEST] * (wanted // LONGEST)
    if wanted % LONGEST:
        sizes.append(wanted % LONGEST)
    cap = Cap(sys.argv[1])
    add_arrays(cap, sizes)
    add_descriptors(cap, len(sizes))
    cap.write(sys.argv[2])
    print(f"{sys.argv[2]}: {wanted} bytes of arrays more")


if __name__ == "__main__":
    main()
