#!/bin/sh
# card.sh POSTCARD CARD RING.CAP VISITS.CAP: a new virtual card with both.
set -e
rm -f "$2"
"$1" card new "$2"
"$1" load "$3" --card "$2"
"$1" install "$4" --card "$2"
