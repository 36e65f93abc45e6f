#!/bin/sh
# ask.sh POSTCARD CARD SCRIPT: runs the script on a copy of the card, so that
# each run begins with the same one.
set -e
copy=$(mktemp)
trap 'rm -f "$copy"' EXIT
cp "$2" "$copy"
"$1" script "$3" --card "$copy"
