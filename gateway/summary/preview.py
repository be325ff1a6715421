"""Previews (RFC 8970 3): the beginning of what a message says, on one line.

Plain text counts before HTML. Quoted text, the line that introduces it, and the signature are left out, unless
nothing else is there. At most 200 characters, as RFC 8970 3.3 advises, never cut inside of what is seen as one.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from gateway.mail.octets import OctetSource
from gateway.summary.body import Leaf, part_text

LENGTH = 200
_WINDOWS = (4096, 65536, 1024 * 1024)
"""Octets of a part that are read, as long as too little text was found."""
_END = re.compile(
    r"-- ?$|_{20,}$|-{3,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Forwarded message)"
)
_UNSEEN = dict.fromkeys(
    [
        *(code for code in range(32) if chr(code) not in "\t\n\v\f\r"),
        *range(0x7F, 0xA0),
        *(0xAD, 0x34F, 0x61C, 0x200B, 0x200C, 0x200E, 0x200F, 0x2800, 0xFEFF),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
    ]
)
"""Characters that show nothing: senders fill previews with them, or turn their order round."""
_FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""Two of them are the flag of a region."""
_JOINERS = "\u200d\ufe0e\ufe0f"


def preview(octets: OctetSource, found: Sequence[Leaf]) -> str:
    """Of a message with these leaves; empty where there is no text."""
    plain = [leaf for leaf in found if leaf.shown and leaf.part.content_type.full != "text/html"]
    marked = [leaf for leaf in found if leaf.shown and leaf.part.content_type.full == "text/html"]
    for leaf in (*plain, *marked):
        text = _of(octets, leaf)
        if text:
            return text
    return ""


def _of(octets: OctetSource, leaf: Leaf) -> str:
    size = leaf.part.body.stop - leaf.part.body.start
    text = ""
    for window in _WINDOWS:
        text = _line(part_text(octets, leaf.part, window))
        if len(text) > LENGTH or window >= size:
            break
    return _cut(text)


def _line(text: str) -> str:
    head = text[: 8 * LENGTH]
    if ">" not in head and "--" not in head and "____" not in head:
        made = " ".join(head[: 3 * LENGTH].split())
        if len(made) > 2 * LENGTH and made.isascii() and made.isprintable():
            return made  # the lines below would begin with the same, and more than that is not shown
    lines = text[: 64 * LENGTH].splitlines()
    return _collapsed(_own(lines)) or _collapsed(lines).replace("> ", "").lstrip("> ")


def _own(lines: list[str]) -> list[str]:
    """The lines that the sender wrote; not many more than are needed."""
    found: list[str] = []
    size = 0
    for line in lines:
        if line.lstrip(" \t").startswith(">"):
            _drop_introduction(found)
        elif found and _END.match(line):
            break
        else:
            found.append(line)
            size += len(line.strip())
            if size > 3 * LENGTH:
                break
    return found


def _drop_introduction(found: list[str]) -> None:
    """A line that ends with a colon right before quoted text, and the line before it where it is folded."""
    while found and not found[-1].strip():
        found.pop()
    if found and found[-1].rstrip().endswith(":"):
        found.pop()
        if found and found[-1].startswith(("On ", "Am ", "Le ", "El ", "Il ")):
            found.pop()


def _collapsed(lines: Iterable[str]) -> str:
    text = " ".join(lines)
    return " ".join((text if text.isascii() and text.isprintable() else text.translate(_UNSEEN)).split())


def _cut(text: str) -> str:
    if len(text) <= LENGTH:
        return text
    end = LENGTH
    while end > LENGTH // 2 and not _may_part(text, end):
        end -= 1
    return text[:end].rstrip()


def _may_part(text: str, at: int) -> bool:
    """Whether the characters beside `at` are seen as two (roughly UAX 29 3.1)."""
    before, after = text[at - 1], text[at]
    if before == "\u200d" or after in _JOINERS or unicodedata.category(after)[0] == "M":
        return False
    if after in _FLAGS:
        return (at - len(text[:at].rstrip(_FLAGS))) % 2 == 0
    return not ("\U0001f3fb" <= after <= "\U0001f3ff" or "\u1160" <= after <= "\u11ff")
