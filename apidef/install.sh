#!/bin/sh
# install.sh FOLDER JAR...: copies the jars to a folder below the prefix, for
# 'meson install'.
set -e
folder="$MESON_INSTALL_DESTDIR_PREFIX/$1"
shift
mkdir -p "$folder"
cp "$@" "$folder"
