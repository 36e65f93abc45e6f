"""Proves that a card whose sizes its types cannot hold does not compile: each
size of include/card/config.h at its limits compiles, one beyond does not, and
the compiler names the size.

  sizes_test.py CONFIG.H COMPILER...
"""
import re
import subprocess
import sys

# lowest and highest that work; None: no such limit
LIMITS = {
    "CARD_TAGGED": (0, 1),
    "CARD_APDU_MAX": (261, 65544),
    "CARD_APDU_BUFFER": (133, 32767),
    "CARD_TRANSIENT_SIZE": (0, 0x7FFF8),
    "CARD_STACK_CELLS": (16, 32767),
    "CARD_FRAMES": (2, 32767),
    "CARD_CHANNELS": (1, 20),
    "CARD_HANDLES_MAX": (64, 0xFEFF),
    "CARD_PACKAGES_MAX": (1, 127),
    "CARD_STORE_MAX": (16, 32767),
    "CARD_DAP_MAX": (64, 32767),
    "CARD_COMBINED_MAX": (16, 32767),
    "CARD_LOG_SIZE": (1024, None),
    "CARD_SECRETS": (256, 65536),
    "CARD_ONESHOTS": (1, 2),
    "CARD_ONESHOT_STATE": (64, 32760),
}


def compile_with(config, compiler, sizes):
    flags = [f"-D{name}={value}" for name, value in sizes.items()]
    return subprocess.run(
        compiler + ["-std=c11", "-fsyntax-only", *flags, "-x", "c", config],
        capture_output=True, text=True)


def main():
    config, *compiler = sys.argv[1:]
    with open(config, encoding="utf-8") as file:
        names = set(re.findall(r"#ifndef (CARD_[A-Z_]+)\n#define \1 \d",
                               file.read()))
    assert names == set(LIMITS), names ^ set(LIMITS)
    lowest = {name: low for name, (low, _) in LIMITS.items()}
    highest = {name: high for name, (_, high) in LIMITS.items()
               if high is not None}
    for sizes in {}, lowest, highest:
        done = compile_with(config, compiler, sizes)
        assert done.returncode == 0, (sizes, done.stderr)
    beyond = {name: high + 1 for name, high in highest.items()}
    for sizes in ({name: low - 1 for name, low in lowest.items()}, beyond,
                  {"CARD_LOG_SIZE": 1056}):
        done = compile_with(config, compiler, sizes)
        assert done.returncode != 0, sizes
        for name in sizes:
            assert re.search(f"failed.*{name}\\b", done.stderr), (name,
                                                                 done.stderr)
    print(f"{len(names)} sizes have limits")


main()
