#!/bin/sh
# Every header compiles alone, with gcc.
cd "$(dirname "$0")/.." || exit 2
bad=0
count=0
for header in $(git ls-files '*.h'); do
    count=$((count + 1))
    gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -fsyntax-only -x c \
        -Iinclude -Ilib -Icard -I. "$header" 2>/tmp/headers.$$ || {
        bad=$((bad + 1))
        echo "$header does not compile alone:"
        head -5 /tmp/headers.$$
    }
done
rm -f /tmp/headers.$$
echo "headers: $count compiled alone, $bad failed"
[ "$bad" -eq 0 ]
