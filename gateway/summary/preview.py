"""Previews (RFC 8970 3): the beginning of what a message says, on one line.

Plain text counts before HTML. Quoted text, the line that introduces it, and the signature are left out, unless
nothing else is there. At most 200 characters, as RFC 8970 3.3 advises, never cut inside of what is seen as one.
"""

import re
import unicodedata
from collections.abc import Sequence

from gateway.mail.octets import OctetSource
from gateway.summary.body import Leaf, part_text

LENGTH = 200
_WINDOWS = (4096, 65536, 1024 * 1024)
"""Octets of a part that are read, as long as too little text was found."""
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f\u00a0\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\u2800\ufeff]+")
_QUOTE = re.compile(r"[ \t]*>")
_END = re.compile(
    r"-- ?$|_{20,}$|-{3,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Forwarded message)"
)
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
    own = _collapsed("\n".join(_own(text[: 64 * LENGTH].splitlines())))
    return own or _collapsed(text[: 64 * LENGTH].replace(">", " "))


def _own(lines: list[str]) -> list[str]:
    """The lines that the sender wrote."""
    found: list[str] = []
    for line in lines:
        if _QUOTE.match(line):
            _drop_introduction(found)
        elif found and _END.match(line):
            break
        else:
            found.append(line)
    return found


def _drop_introduction(found: list[str]) -> None:
    """A line that ends with a colon right before quoted text, and the line before it where it is folded."""
    while found and not found[-1].strip():
        found.pop()
    if found and found[-1].rstrip().endswith(":"):
        found.pop()
        if found and found[-1].startswith(("On ", "Am ", "Le ", "El ", "Il ")):
            found.pop()


def _collapsed(text: str) -> str:
    return _BLANKS.sub(_blank, text).strip()


def _blank(found: re.Match[str]) -> str:
    """Characters that join others stay."""
    return found[0] if found[0] in _JOINERS else " " if any(c.isspace() for c in found[0]) else ""


def _cut(text: str) -> str:
    if len(text) <= LENGTH:
        return text
    end = LENGTH
    while end > LENGTH // 2 and not _may_part(text[end - 1], text[end]):
        end -= 1
    return text[:end].rstrip()


def _may_part(before: str, after: str) -> bool:
    """Whether two characters are seen as two (roughly UAX 29 3.1)."""
    return before != "\u200d" and after not in _JOINERS and not _extends(after)


def _extends(character: str) -> bool:
    flag = "\U0001f1e6" <= character <= "\U0001f1ff" or "\U0001f3fb" <= character <= "\U0001f3ff"
    return flag or unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
