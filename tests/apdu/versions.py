"""Copies a folder of Java sources as another version of them.

  versions.py SOURCES OUT VERSION COMMAND...

In the copy VERSION of each class is this number; then COMMAND runs.
"""
import pathlib
import shutil
import subprocess
import sys

source, out, version = sys.argv[1:4]
shutil.rmtree(out, ignore_errors=True)
shutil.copytree(source, out)
for path in pathlib.Path(out).rglob('*.java'):
    text = path.read_text(encoding='utf-8')
    path.write_text(text.replace('byte VERSION = 1;',
                                 f'byte VERSION = {version};'),
                    encoding='utf-8')
sys.exit(subprocess.run(sys.argv[4:], check=False).returncode)
