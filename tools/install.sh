#!/bin/sh
# Installs the Debian packages of tools/packages.txt that are missing.
# Usage: tools/install.sh USE...   (build, demo, check)
cd "$(dirname "$0")/.." || exit 2
wanted=
for use in "$@"; do
    wanted="$wanted $(awk -v use="$use" '$1 !~ /^#/ && $2 == use {print $1}' \
        tools/packages.txt)"
done
missing=
for name in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)
    [ "$state" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
echo "installing:$missing"
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive sh -c "
    apt-get -qq update &&
    apt-get -qq install -y --no-install-recommends $missing" >/dev/null || {
    echo "could not install:$missing" >&2
    exit 3
}
