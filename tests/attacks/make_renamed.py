#!/usr/bin/env python3
"""make_renamed.py GOOD.CAP OUT.CAP: the same application under AIDs that no
card has yet, so that it can be loaded beside the original: the last byte but
one of the applet's AID, and with it the package's last, becomes 7F."""
import sys

from capedit import Cap

NEW = 0x7F


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    cap = Cap(sys.argv[1])
    header = cap.info["Header"]
    length = header[9]
    aid = bytes(header[10:10 + length])
    renamed = aid[:-1] + bytes([NEW])
    header[10:10 + length] = renamed
    applets = cap.info["Applet"]
    at = applets.find(aid)
    if at < 0:
        sys.exit(f"{sys.argv[1]}: no applet whose AID begins with "
                 "the package's")
    applets[at:at + length] = renamed
    cap.write(sys.argv[2])
    print(renamed.hex().upper())


if __name__ == "__main__":
    main()
