"""Proves that the card does not compile when a method that an object of a
class of the card's own must answer has no native: for each kind of such a
method one row is left out, and the generator names class and method; with all
rows it writes the table.

  natives_test.py GENERATE.PY APIDEF_DIR NATIVES.DEF
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# of an abstract class, of an interface, and of one that the interface extends
ROWS = [
    ("javacardx/crypto/Cipher", "doFinal", "javacardx.crypto.Cipher$Card"),
    ("javacard/security/AESKey", "setKey", "javacard.security.KeyBuilder$AES"),
    ("javacard/security/Key", "clearKey", "javacard.security.KeyBuilder$SM4"),
]


def generate(script, apidef, definitions, out):
    return subprocess.run([sys.executable, script, apidef, definitions, out],
                          capture_output=True, text=True)


def without(folder, class_name, method):
    """Takes the rows of a method out; how many there were."""
    row = re.compile(r'NATIVE\(\s*"%s",\s*"%s".*?\)\n' % (class_name, method),
                     re.S)
    found = 0
    for path in folder.glob("def/*.def"):
        text, n = row.subn("", path.read_text())
        path.write_text(text)
        found += n
    return found


def main():
    script, apidef, definitions = sys.argv[1:]
    source = pathlib.Path(definitions).parent
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "table.c"
        done = generate(script, apidef, definitions, out)
        assert done.returncode == 0, done.stderr
        assert "vm_native *const native_table[" in out.read_text()
        for i, (class_name, method, own) in enumerate(ROWS):
            copy = pathlib.Path(folder) / str(i)
            shutil.copytree(source / "def", copy / "def")
            shutil.copy(definitions, copy)
            assert without(copy, class_name, method) > 0, (class_name, method)
            done = generate(script, apidef, copy / "natives.def", out)
            assert done.returncode != 0, (class_name, method)
            assert f"{own} has no native for {method}(" in done.stderr, \
                done.stderr
    print(f"{len(ROWS)} missing natives are told")


main()
