#!/usr/bin/env python3
"""Proves that the text form of CAP files is a tool to write applets and bad
files with: an applet written by hand runs on a card, and each edit of it
below, one for a known attack, assembles to a file that 'cap verify' and the
card refuse."""
import pathlib
import re
import subprocess
import sys
import tempfile

POSTCARD = sys.argv[1]
COUNTER = pathlib.Path(__file__).parent / "captext/counter.captext"
SELECT = "00A4040007F0504F53540501"
DONE, CARD_SAID, REFUSED = 0, 1, 4

# Name: what is replaced, by what (once each).
ATTACKS = {
    "a short is returned as a reference": [
        ("        pop\n        return\n    caught:",
         "        areturn\n    caught:")],
    "a reference is added to a short": [
        ("        getfield_s_this sum\n        aload_2",
         "        aload_2")],
    "a short is read from a byte array": [
        ("        sconst_2\n        baload\n        sadd",
         "        sconst_2\n        iaload\n        pop\n        sadd")],
    "a value is popped from an empty stack": [
        ("        aload_0\n        invokevirtual selecting",
         "        pop\n        aload_0\n        invokevirtual selecting")],
    "dup_x takes more than there is": [
        ("        new counter\n        dup\n",
         "        new counter\n        dup_x 4 8\n")],
    "max_stack is too low": [("max_stack 4", "max_stack 1")],
    "a local is beyond the frame": [("astore_2", "astore 200")],
    "nargs is more than the signature has": [("nargs 2 max_locals",
                                              "nargs 7 max_locals")],
    "the code runs on behind its end": [
        ("        invokestatic throw_it\n        return\n    }",
         "        invokestatic throw_it\n    }")],
    "a branch leads into an instruction": [("goto answer", "goto answer+1")],
    "a branch leads out of the method": [("goto answer", "goto install")],
    "a switch has its bounds the wrong way round": [
        ("stableswitch unknown 1 2", "stableswitch unknown 2 1")],
    "a pool index is past the pool": [("invokestatic set_short",
                                       "invokestatic 4000")],
    "a call names a class": [("invokestatic set_short",
                              "invokestatic counter")],
    "a method reference points into code": [("StaticMethodref init",
                                             "StaticMethodref init+3")],
    "the virtual table points past Method": [
        ("public_virtual_method_table process",
         "public_virtual_method_table 60000")],
    "the virtual table points into code": [
        ("public_virtual_method_table process",
         "public_virtual_method_table process:done")],
    "a method says that it is native": [
        ("method init max_stack 1", "method init flags 2 max_stack 1")],
    "an opcode is undefined": [("    done:\n", "    done:\n        raw B9\n")],
    "an opcode is the machine's own": [("    done:\n",
                                        "    done:\n        raw FE\n")],
    "int without its flag": [
        ("    package 1.0 F0504F535405",
         "    flags APPLET\n    package 1.0 F0504F535405"),
        ("    done:\n", "    done:\n        iconst_0\n        pop2\n")],
    "a handler lies in another method": [
        ("exception_handler try caught caught failure",
         "exception_handler try caught install failure stop")],
    "a handler catches what is no throwable": [
        ("exception_handler try caught caught failure",
         "exception_handler try caught caught counter")],
    "a static field lies outside the image": [
        ("    failure:   Classref",
         "    stat:      StaticFieldref 60\n    failure:   Classref"),
        ("    done:\n", "    done:\n        getstatic_b stat\n        pop\n"),
        ("Descriptor {", "Descriptor {\n    constant_pool_types { short "
         "()void ()void none ()void boolean byte[] (short,short)void "
         "(byte[],short,short)short (short)void byte none }\n")],
    "Directory has another size": [("Directory { }",
                                    "Directory { Method 5 }")],
    "a component is missing": [("ReferenceLocation { }\n", "")],
    "a component comes twice": [
        ("StaticField { }",
         'StaticField { }\nStaticField {\n    entry "x/StaticField.cap"\n'
         "    raw 00000000000000000000\n}")],
    "a component is empty": [("StaticField { }", "component 8 { size 0 }")],
    "bytes follow a component": [("StaticField { }",
                                  "StaticField { trailing 00 }")],
    "a size is not that of the bytes": [("StaticField { }",
                                         "StaticField { size 9 }")],
    "an AID has 17 bytes": [
        ("package 1.0 F0504F535405",
         "package 1.0 F0504F5354050102030405060708090A0B")],
    "an AID is longer than its bytes": [
        ("package 1.0 F0504F535405", "package 1.0 255:F0504F535405")],
    "an import has no AID": [("lang: package 1.0 A0000000620001",
                              "lang: package 1.0 0:"),
                             ("Classref java/lang/ArithmeticException",
                              "Classref lang.7")],
    "a class is its own superclass": [
        ("super_class_ref javacard/framework/Applet",
         "super_class_ref Counter")],
    "fields take more than the instance has": [
        ("declared_instance_size 1\n", "declared_instance_size 0\n")],
    "the static image is no sum of its parts": [
        ("StaticField { }", "StaticField { image_size 1 }")],
    "an array has no such type": [
        ("StaticField { }", "StaticField { array_init 6 0102 }")],
    "an array is longer than its bytes": [
        ("StaticField { }", "StaticField { array_init byte 9000: 0102 }")],
    "install is no static method of its shape": [
        ("F0504F53540501 install", "F0504F53540501 process")],
    "a count is more than there are": [("Applet {", "Applet {\n    count 9")],
}

# Classes are the machine's to check when it runs: the card loads these.
ONLY_VERIFIED = {"a handler catches what is no throwable"}


def run(*arguments):
    result = subprocess.run([POSTCARD, *map(str, arguments)],
                            capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def must(status, *arguments):
    got, said = run(*arguments)
    if got not in status:
        sys.exit(f"{arguments}: exit {got}, not {status}:\n{said}")
    return said


def edited(name, edits):
    text = COUNTER.read_text(encoding="ascii")
    for old, new in edits:
        if text.count(old) < 1:
            sys.exit(f"{name}: '{old}' is not in the text")
        text = text.replace(old, new, 1)
    return text


def runs_on_a_card(folder):
    cap, card = folder / "counter.cap", folder / "card"
    must([DONE], "cap", "assemble", COUNTER, "-o", cap)
    must([DONE], "cap", "verify", cap)
    must([DONE], "card", "new", card)
    must([DONE], "install", cap, "--card", card)
    said = must([DONE], "apdu", SELECT, "0001050000", "0001070000", "--card",
                card)
    if re.findall(r"^< (\w+)", said, re.M) != ["9000", "00059000",
                                               "000C9000"]:
        sys.exit(f"the counter does not count:\n{said}")
    must([DONE], "apdu", SELECT, "0002000000", "--card", card, "--expect",
         "6985")


def is_refused(folder, card, before, name, edits):
    text, cap = folder / "bad.captext", folder / "bad.cap"
    text.write_text(edited(name, edits), encoding="ascii")
    must([DONE], "cap", "assemble", text, "-o", cap)
    status, said = run("cap", "verify", cap)
    if status != REFUSED:
        print(f"{name}: cap verify ends with {status}:\n{said}")
        return False
    if name in ONLY_VERIFIED:
        return True
    status, said = run("load", cap, "--card", card)
    if status not in (CARD_SAID, REFUSED):
        print(f"{name}: load ends with {status}:\n{said}")
        return False
    if must([DONE], "card", "check", card, "--dump") != before:
        print(f"{name}: the card is changed")
        return False
    return True


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        runs_on_a_card(folder)
        card = folder / "fresh"
        must([DONE], "card", "new", card)
        before = must([DONE], "card", "check", card, "--dump")
        bad = [a for a, edits in ATTACKS.items()
               if not is_refused(folder, card, before, a, edits)]
    if bad:
        sys.exit(f"{len(bad)} not refused: {bad}")
    print(f"{len(ATTACKS)} attacks refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
