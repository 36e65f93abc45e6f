"""CAP files made from others: written as text, edited, assembled again."""
import re

from processes import Failed, run

LONGEST = 20000  # bytes in one array


def remade(source, path, *edits):
    """Writes `path`: the CAP file `source` with its text changed by each of
    `edits`, functions from text to text."""
    text = run("cap", "dump", source).stdout
    for edit in edits:
        text = edit(text)
    written = path.with_suffix(".captext")
    written.write_text(text, encoding="ascii")
    run("cap", "assemble", written, "-o", path)
    return path


def change(pattern, new, text):
    """The one place, or the first, becomes another."""
    text, count = re.subn(pattern, new, text, count=1, flags=re.M)
    if count != 1:
        raise Failed(f"no '{pattern}' in the text")
    return text


def renamed(text):
    """The same application under AIDs that no card has yet, so that it can be
    loaded beside the original: its package's last byte becomes 7F."""
    aid = re.search(r"^    package 1\.0 (\w+)$", text, re.M)[1]
    return text.replace(aid, aid[:-2] + "7F")


def ill_typed(text):
    """In the first "field = new byte[n]" the number n itself is stored into
    the field: no size and no offset changes, only a check of types tells."""
    return change(r"^( +)newarray byte\n +(putfield_a\w* .*)$",
                  r"\1nop\n\1nop\n\1\2", text)


def enlarged(size):
    """An edit: `size` bytes of constant arrays more, well-formed in every way.
    The application has one static field, of type byte[] (loyalty has)."""
    sizes = [min(LONGEST, size - at) for at in range(0, size, LONGEST)]

    def edit(text):
        arrays = "".join(f"    array_init byte {'5A' * n}\n" for n in sizes)
        fields = "".join(f"        field none PRIVATE|STATIC|FINAL {2 * i + 2}"
                         " byte[]\n" for i in range(len(sizes)))
        text = change(r"^(    array_init byte \w+\n)", rf"\1{arrays}", text)
        return change(r"^( +field none \S+ 0 byte\[\]\n)", rf"\1{fields}", text)
    return edit
