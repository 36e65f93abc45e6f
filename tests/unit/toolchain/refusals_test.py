#!/usr/bin/env python3
"""Proves what the converter refuses and what it takes: every line of a Java
source that is marked "// refused" is told with its number, all in one run, in
order, and no other line is.  After "refused: " stands what the message says.
A mark "always" also holds with --int.  Skipped (77) where there is no
javac."""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def marked(source, with_int):
    """Line: what its message says."""
    lines = {}
    with open(source, encoding="utf-8") as f:
        for number, text in enumerate(f, 1):
            mark = re.search(r"// refused( always)?(?:: (.*))?$", text.rstrip())
            if mark and (mark.group(1) or mark.group(2) or not with_int):
                lines[number] = mark.group(2) or ""
    return lines


def compile_java(folder, classes, stubs, release):
    """With `stubs`, or with the JDK's own library for what stubs lack."""
    command = ["javac", "-nowarn", "-g", "-d", classes]
    command += (["--release", release] if release else
                ["-source", "8", "-target", "8", "-Xlint:-options"])
    if stubs is not None:
        command += ["-bootclasspath", stubs]
    for parent, _, names in os.walk(folder):
        command += [os.path.join(parent, n) for n in names]
    subprocess.run(command, check=True, timeout=120)


def told(builder, stubs, folder, with_int, release):
    with tempfile.TemporaryDirectory() as out:
        compile_java(folder, out, stubs, release)
        command = [builder, "convert", out, "--package", "F0504F5354FF",
                   "-o", os.path.join(out, "x.cap")]
        if with_int:
            command.append("--int")
        run = subprocess.run(command, capture_output=True, text=True,
                             timeout=120, check=False)
        wrote = os.path.exists(os.path.join(out, "x.cap"))
    lines = re.findall(r"\.java:(\d+): (.*)", run.stderr)
    return [(int(n), text) for n, text in lines], run.returncode, wrote, run.stderr


def check(builder, stubs, folder, source, with_int, release=None):
    wanted = marked(source, with_int)
    told_of, status, wrote, text = told(builder, stubs, folder, with_int,
                                        release)
    lines = [n for n, _ in told_of]
    name = os.path.basename(source) + (" --int" if with_int else "")
    wrong = [n for n, said in told_of if wanted.get(n, "") not in said]
    failed = lines != sorted(wanted) or status != (4 if wanted else 0)
    failed = failed or wrote != (not wanted) or wrong
    if failed:
        print(f"{name}: not refused {sorted(set(wanted) - set(lines))}, "
              f"wrongly refused {sorted(set(lines) - set(wanted))}, told as "
              f"something else {wrong}, status {status}")
        print(text)
    return failed


def main():
    builder, stubs, java = sys.argv[1:4]
    if shutil.which("javac") is None or not os.path.exists(stubs):
        print("skipped: there is no javac here")
        return 77
    narrow = os.path.join(java, "refused")
    language = os.path.join(java, "language")
    starts = os.path.join(java, "starts")
    modern = os.path.join(java, "modern")
    path = "org/postcard"
    failures = [
        check(builder, stubs, narrow, f"{narrow}/{path}/refused/Narrow.java",
              False),
        check(builder, stubs, narrow, f"{narrow}/{path}/refused/Narrow.java",
              True),
        check(builder, None, language,
              f"{language}/{path}/language/Language.java", False),
        check(builder, stubs, starts, f"{starts}/{path}/starts/Starts.java",
              True),
        check(builder, None, modern, f"{modern}/{path}/modern/Modern.java",
              False, "17"),
    ]
    return 1 if any(failures) else 0


if __name__ == "__main__":
    sys.exit(main())
