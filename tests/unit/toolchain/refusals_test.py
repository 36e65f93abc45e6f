#!/usr/bin/env python3
"""Proves what the converter refuses and what it takes: every line of a Java
source that is marked "// refused" is told with its number, all in one run, and
no other line is.  A mark "always" also holds with --int.  Skipped (77) where
there is no javac."""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def marked(source, with_int):
    lines = set()
    with open(source, encoding="utf-8") as f:
        for number, text in enumerate(f, 1):
            mark = re.search(r"// refused( always)?$", text.rstrip())
            if mark and (mark.group(1) or not with_int):
                lines.add(number)
    return lines


def compile_java(folder, classes, stubs):
    """With `stubs`, or with the JDK's own library for what stubs lack."""
    command = ["javac", "-source", "8", "-target", "8", "-Xlint:-options",
               "-nowarn", "-g", "-d", classes]
    if stubs is not None:
        command += ["-bootclasspath", stubs]
    for parent, _, names in os.walk(folder):
        command += [os.path.join(parent, n) for n in names]
    subprocess.run(command, check=True, timeout=120)


def told(builder, stubs, folder, with_int):
    with tempfile.TemporaryDirectory() as out:
        compile_java(folder, out, stubs)
        command = [builder, "convert", out, "--package", "F0504F5354FF",
                   "-o", os.path.join(out, "x.cap")]
        if with_int:
            command.append("--int")
        run = subprocess.run(command, capture_output=True, text=True,
                             timeout=120, check=False)
        wrote = os.path.exists(os.path.join(out, "x.cap"))
    lines = {int(n) for n in re.findall(r"\.java:(\d+): ", run.stderr)}
    return lines, run.returncode, wrote, run.stderr


def check(builder, stubs, folder, source, with_int):
    wanted = marked(source, with_int)
    lines, status, wrote, text = told(builder, stubs, folder, with_int)
    name = os.path.basename(source) + (" --int" if with_int else "")
    failed = lines != wanted or status != (4 if wanted else 0)
    failed = failed or wrote != (not wanted)
    if failed:
        print(f"{name}: not refused {sorted(wanted - lines)}, "
              f"wrongly refused {sorted(lines - wanted)}, status {status}")
        print(text)
    return failed


def main():
    builder, stubs, java = sys.argv[1:4]
    if shutil.which("javac") is None or not os.path.exists(stubs):
        print("skipped: there is no javac here")
        return 77
    narrow = os.path.join(java, "refused")
    language = os.path.join(java, "language")
    path = "org/postcard"
    failures = [
        check(builder, stubs, narrow, f"{narrow}/{path}/refused/Narrow.java",
              False),
        check(builder, stubs, narrow, f"{narrow}/{path}/refused/Narrow.java",
              True),
        check(builder, None, language,
              f"{language}/{path}/language/Language.java", False),
    ]
    return 1 if any(failures) else 0


if __name__ == "__main__":
    sys.exit(main())
