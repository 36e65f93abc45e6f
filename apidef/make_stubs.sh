#!/bin/sh
# make_stubs.sh PYTHON GENERATE.PY JAR WORKDIR: Java stubs of the whole API.
set -eu
rm -rf "$4"
mkdir -p "$4/classes"
"$1" "$2" --stubs "$4/source"
find "$4/source" -name '*.java' >"$4/list"
javac -nowarn -Xlint:-options -source 8 -target 8 \
    -bootclasspath "$4/none" -sourcepath "$4/source" \
    -d "$4/classes" "@$4/list"
jar cf "$3" -C "$4/classes" .
