#!/usr/bin/env python3
"""Proves what 'meson install' leaves behind: the program, which finds its jars
there; its manual pages; headers that compile alone; and a library that a C
program links with through pkg-config, and that reads a CAP file.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from processes import ROOT

BUILD = pathlib.Path(os.environ["POSTCARD"]).parent
PROGRAM = r"""
#include <stdio.h>
#include <gp/gp.h>
#include <ports/openssl/crypto_openssl.h>

int main(int argc, char **argv)
{
    struct gp_capfile *cap = NULL;
    struct gp_cap_info *info = NULL;
    struct gp_cap_verdict *verdict = NULL;
    struct gp_why why = {""};
    struct crypto_port crypto;
    struct port_openssl *openssl = NULL;
    if (argc != 2 || gp_capfile_open(argv[1], &cap, &why) != GP_OK ||
        gp_cap_info(cap, NULL, 0, &info, &why) != GP_OK ||
        gp_cap_verify(cap, NULL, 0, &verdict, &why) != GP_OK ||
        port_openssl_crypto_init(&crypto, &openssl, NULL) != 0) {
        printf("%s\n", why.text);
        return 1;
    }
    printf("%s %s %zu\n", cap->name, info->java_card, verdict->finding_count);
    port_openssl_free(&openssl);
    gp_cap_verdict_free(&verdict);
    gp_cap_info_free(&info);
    gp_capfile_free(&cap);
    return 0;
}
"""


def do(*command, **extra):
    result = subprocess.run([str(c) for c in command], text=True,
                            capture_output=True, check=False, timeout=100,
                            **extra)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.returncode}\n"
                 f"{result.stdout}\n{result.stderr}")
    return result.stdout


def flags(prefix, *what):
    found = list(prefix.rglob("postcard-gp.pc"))
    if len(found) != 1:
        sys.exit(f"{len(found)} files postcard-gp.pc")
    env = dict(os.environ, PKG_CONFIG_PATH=str(found[0].parent))
    return do("pkg-config", f"--define-variable=prefix={prefix}", *what,
              "postcard-gp", env=env).split()


def headers(prefix, include):
    names = sorted(include.glob("gp/*.h"))
    if {n.name for n in names} != \
            {n.name for n in (ROOT / "include/gp").glob("*.h")}:
        sys.exit(f"headers installed: {names}")
    for name in names:
        do("cc", "-std=c11", "-Wall", "-fsyntax-only", "-x", "c",
           *flags(prefix, "--cflags"), name)


def program(prefix, folder):
    source = folder / "example.c"
    source.write_text(PROGRAM)
    # what the library was built with, it needs of whoever links it
    options = do("meson", "introspect", "--buildoptions", BUILD)
    sanitize = [o["value"] for o in json.loads(options)
                if o["name"] == "b_sanitize"][0]
    more = [] if sanitize == "none" else [f"-fsanitize={sanitize}"]
    compiler = "clang" if more else "cc"
    do(compiler, *more, "-o", folder / "example", source,
       *flags(prefix, "--cflags", "--libs", "--static"))
    said = do(folder / "example", ROOT / "applets/wallet.cap").split()
    if said != ["org/postcard/wallet", "JC", "2.1.1", "0"]:
        sys.exit(f"the program says {said}")


def build_an_applet(prefix, folder):
    if shutil.which("javac") is None:
        print("no javac: the jars are only looked for")
        return
    do(prefix / "bin/postcard", "build", ROOT / "applets/wallet", "--package",
       "F0504F535401", "--applet", "F0504F53540101=Wallet", "-o",
       folder / "wallet.cap", env={"PATH": os.environ["PATH"]})
    if (folder / "wallet.cap").read_bytes() != \
            (ROOT / "applets/wallet.cap").read_bytes():
        sys.exit("the installed program makes another wallet.cap")


def ask_for_help(prefix):
    for verb in ("install", "server"):
        said = do(prefix / "bin/postcard", verb, "--help")
        if f"postcard {verb}" not in said:
            sys.exit(f"{verb} --help says {said}")


def main():
    if shutil.which("pkg-config") is None:
        print("skipped: there is no pkg-config")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stage = folder / "stage"
        do("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", stage)
        prefix = stage / "usr/local"
        for page in (ROOT / "docs/man").glob("*.1"):
            if not (prefix / "share/man/man1" / page.name).exists():
                sys.exit(f"{page.name} was not installed")
        if not (prefix / "share/postcard/stubs-2.2.2.jar").exists():
            sys.exit("the jars were not installed")
        headers(prefix, prefix / "include/postcard")
        ask_for_help(prefix)
        program(prefix, folder)
        build_an_applet(prefix, folder)
    print("install: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
