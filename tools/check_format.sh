#!/bin/sh
# Every C file is as clang-format would write it.
cd "$(dirname "$0")/.." || exit 2
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror || exit 1
echo "format: $(git ls-files '*.c' '*.h' | wc -l) files"
