r"""Text from strangers, made fit for a report: one line, bounded, without control characters.

Remote servers choose what they say, and it ends in somebody's mail program. What is not printable, or turns the
direction of writing, is shown as `\x{HEX}`, the notation of RFC 6533 3.
"""

import re
from typing import Final

LONGEST: Final = 600
"""Characters of one line of a stranger's text that are kept; RFC 5321 4.5.3.1.5 has 512 octets."""

MOST_LINES: Final = 20
"""Lines of one reply that are kept."""

_BLANK = re.compile("[\t\r\n\x0b\x0c ]+")
_TRICKS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_NOT_ASCII = re.compile("[^\x20-\x7e]")


def one_line(text: str) -> str:
    """Printable, on one line, at most LONGEST characters before escapes."""
    clipped = _BLANK.sub(" ", text[: LONGEST * 2]).strip()
    if len(clipped) > LONGEST or len(text) > LONGEST * 2:
        clipped = clipped[:LONGEST] + " ..."
    return _TRICKS.sub(_escape, clipped)


def ascii_line(text: str) -> str:
    """The same in ASCII."""
    return _NOT_ASCII.sub(_escape, one_line(text))


def reply_lines(lines: tuple[str, ...]) -> list[str]:
    """A reply's lines, each as `one_line`, in bounds."""
    kept = [one_line(line) for line in lines[:MOST_LINES]]
    return kept if len(lines) <= MOST_LINES else [*kept, f"({len(lines) - MOST_LINES} lines more)"]


def _escape(found: re.Match[str]) -> str:
    return rf"\x{{{ord(found[0]):02X}}}"
