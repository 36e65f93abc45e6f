#!/usr/bin/env python3
"""Proves that each release's jar has what came with the release, that the
release before has not, and that javac finds all it wants in each of them.

stubs_test.py STUBS.PY JAR...        the jars in order of release
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

STUBS, *JARS = sys.argv[1:]
JAR = {re.search(r"stubs-([\d.]+)\.jar", j)[1]: j for j in JARS}

# What came with a release, and the release before.
NEWS = [
    ("2.1.1", "2.2.1", "javacard.framework.APDU.getCurrentAPDU();"),
    ("2.1.2", "2.2.1", "new javacard.framework.AID(null, s, b) {};"),
    ("2.1.2", "2.2.1", "Object o = new java.rmi.RemoteException();"),
    ("2.2.1", "2.2.2", "javacardx.framework.util.intx.JCint.getInt(null, s);"),
    ("2.2.1", "2.2.2", "s = javacard.framework.ISO7816.OFFSET_EXT_CDATA;"),
    ("2.2.2", "3.0.1", "javacard.framework.APDU a = null; a.isValidCLA();"),
    ("3.0.3", "3.0.4", "javacardx.framework.string.StringUtil.check(null, s, "
                       "s);"),
    ("3.0.4", "3.0.5", "javacard.security.MessageDigest.OneShot o = null;"),
    ("3.0.4", "3.0.5", "javacardx.crypto.AEADCipher c = null;"),
    ("3.0.5", "3.1", "javacardx.security.cert.CertificateParser.KeyHandler k;"),
    ("3.0.5", "3.1", "javacardx.framework.nio.ByteBuffer k = null;"),
    ("3.1", "3.2", "javacard.framework.APDU a = null; "
                   "a.getLogicalChannelEncoding();"),
]

# Every construct for which javac itself looks a class up.
WISHES = """
import java.lang.annotation.*;
@Retention(RetentionPolicy.SOURCE) @Target({ElementType.METHOD}) @interface A {}
class Main {
    enum Colour { RED, GREEN }
    interface Op { short run(short a); }
    class Inner { short n; }
    @Deprecated void old() {}
    @SuppressWarnings("unused") @A @Override public boolean equals(Object o) {
        assert o != null : "no";
        Op op = a -> (short) (a + 1);
        Op other = Main::twice;
        String s = "a" + o + op.run((short) 1) + true;
        Integer boxed = 3;
        int i = boxed;
        Class<?> c = Main.class;
        switch (Colour.valueOf("RED")) { case RED: i++; break; default: }
        switch (s) { case "x": i++; break; default: }
        for (Colour x : Colour.values()) i += x.ordinal();
        Inner in = new Main().new Inner();
        return in.n == i;
    }
    static short twice(short a) { return a; }
}
"""

# Where javac asks for a handler of a checked exception.
CHECKED = [
    ("javacard.framework.UserException.throwIt((short) 1);", "UserException"),
    ("javacard.framework.CardException.throwIt((short) 1);", "CardException"),
    ("javacard.framework.Resources r = null; r.getView((short) 1);",
     "IOException"),
    ("throw new java.rmi.RemoteException();", "RemoteException"),
]
UNCHECKED = ["javacard.framework.ISOException.throwIt((short) 1);",
             "javacard.security.CryptoException.throwIt((short) 1);",
             "org.globalplatform.GPSystem.getSecureChannel();",
             "visa.openplatform.OPSystem.getCardManagerState();"]


def body(statement):
    return ("class Main { void run(short s, byte b) { " + statement + " } }")


class Javac:
    """javac, run once for many sources: each in a folder of its own."""

    def __init__(self, jar):
        self.jar = jar

    def options(self, version):
        here = ["-bootclasspath", self.jar] if version == "8" else \
            ["--system", "none", "--upgrade-module-path", self.jar]
        return ["-source", version, "-target", version, *here]

    def run(self, source, folder, version="8"):
        path = pathlib.Path(folder) / "Main.java"
        path.write_text(source)
        return subprocess.run(
            ["javac", "-J-XX:TieredStopAtLevel=1", "-Xlint:-options",
             "-proc:none", *self.options(version), "-d", folder, path],
            capture_output=True, text=True, check=False)

    def errors(self, source, version="8"):
        with tempfile.TemporaryDirectory() as folder:
            run = self.run(source, folder, version)
            return "" if run.returncode == 0 else run.stdout + run.stderr

    def class_file(self, source):
        with tempfile.TemporaryDirectory() as folder:
            self.run(source, folder)
            return (pathlib.Path(folder) / "Main.class").read_bytes()


@unittest.skipUnless(shutil.which("javac"), "no javac")
class Compile(unittest.TestCase):
    def test_news_compile_from_their_release_on(self):
        for release in sorted({new for _, new, _ in NEWS}):
            lines = [n for _, new, n in NEWS if new == release]
            source = body(" ".join("{ " + n + " }" for n in lines))
            self.assertEqual(Javac(JAR[release]).errors(source), "", release)

    def test_news_do_not_compile_one_release_earlier(self):
        for release in sorted({old for old, _, _ in NEWS}):
            lines = [n for old, _, n in NEWS if old == release]
            source = body("\n".join("{ " + n + " }" for n in lines))
            told = Javac(JAR[release]).errors(source)
            for i, line in enumerate(lines):
                self.assertIn(f"Main.java:{i + 1}: error", told, line)

    def test_javac_finds_what_it_wants(self):
        for release in ("2.1.1", "3.2"):
            self.assertEqual(Javac(JAR[release]).errors(WISHES), "", release)

    def test_java_past_8(self):
        for release, version in (("2.1.1", "11"), ("3.2", "17")):
            self.assertEqual(Javac(JAR[release]).errors(WISHES, version), "",
                             (release, version))

    def test_limits_are_constants(self):
        told = Javac(JAR["3.2"]).errors(
            "class Main { byte b = Byte.MAX_VALUE; short s = Short.MIN_VALUE; "
            "char c = Character.MAX_VALUE; byte n = Integer.MIN_VALUE; }")
        self.assertEqual(told.count("error: "), 1, told)
        self.assertIn("possible lossy conversion from int to byte", told)

    def test_a_redeclared_method_is_its_own_classs(self):
        octets = Javac(JAR["3.2"]).class_file(body(
            "javacard.framework.AID a = null; a.equals((Object) a);"))
        self.assertIn(b"javacard/framework/AID", octets)
        octets = Javac(JAR["3.2"]).class_file(body(
            "javacard.security.Key k = null; k.equals((Object) k);"))
        self.assertNotIn(b"javacard/security/Key", octets)

    def test_checked_exceptions(self):
        told = Javac(JAR["3.2"]).errors("class Main {\n" + "\n".join(
            f"void m{i}() {{ {s} }}" for i, (s, _) in enumerate(CHECKED)) +
            "}")
        for i, (_, name) in enumerate(CHECKED):
            self.assertRegex(
                told, rf"Main.java:{i + 2}: error: unreported exception {name}")
        self.assertEqual(Javac(JAR["3.2"]).errors(body(
            " ".join(UNCHECKED))), "")


class Jars(unittest.TestCase):
    def test_same_bytes_each_time(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, STUBS, folder], check=True)
            for jar in JARS:
                again = pathlib.Path(folder) / pathlib.Path(jar).name
                self.assertEqual(pathlib.Path(jar).read_bytes(),
                                 again.read_bytes(), jar)

    def test_a_nested_class_says_that_it_is_nested(self):
        jar = zipfile.ZipFile(JAR["3.2"])
        nested = [n for n in jar.namelist() if "$" in n]
        self.assertIn("javacardx/security/cert/CertificateParser$KeyHandler"
                      ".class", nested)
        for name in nested:
            self.assertIn(b"InnerClasses", jar.read(name), name)

    def test_others_packages_are_in_every_jar(self):
        for jar in JARS:
            names = zipfile.ZipFile(jar).namelist()
            for name in ("org/globalplatform/GPSystem",
                         "org/globalplatform/contactless/GPCLSystem",
                         "visa/openplatform/OPSystem",
                         "uicc/usim/toolkit/ToolkitConstants"):
                self.assertIn(name + ".class", names, jar)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
