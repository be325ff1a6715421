r"""The octets after DATA, up to the line with a single dot (RFC 5321 4.1.1.4, 4.5.2).

Only CRLF "." CRLF ends a message; `\n.\n`, `\r.\r` and their kin are content (and then refused as bare newlines), so
that no two servers can disagree about where a message ends.
"""

from typing import Final

_END: Final = b"\r\n.\r\n"


class DotReader:
    """Takes the octets in any chunking; gives the content without its stuffed dots.

    The CRLF that ends the DATA command counts as the one before the first line: a message may be empty. A piece that
    is given out never ends between CR and LF.
    """

    __slots__ = ("_held", "rest", "started")

    def __init__(self) -> None:
        self._held = b"\r\n"
        self.started = False
        """Whether the assumed CRLF in front has been cut off."""
        self.rest: bytes | None = None
        """What follows the end of the message, once that was seen."""

    def feed(self, data: bytes) -> bytes:
        """The next piece of content; may be empty. When it has seen the end, `rest` is set."""
        data = self._held + data
        end = _first_end(data)
        if end >= 0:
            self.rest = data[end + 5 :]
            data = data[: end + 2]
        else:
            held = _beginning_of_end(data)
            self._held = data[len(data) - held :]
            data = data[: len(data) - held]
        if data.rfind(b"\r\n.") >= 0:
            data = data.replace(b"\r\n.", b"\r\n")
        if self.started or not data:
            return data
        self.started = True
        return data[2:]


def _first_end(data: bytes) -> int:
    """Searches backwards, which costs a quarter of `find` for text in lines, as there are hardly ever two ends."""
    first = end = data.rfind(_END)
    while end >= 0:
        first = end
        end = data.rfind(_END, 0, first + len(_END) - 1)
    return first


def _beginning_of_end(data: bytes) -> int:
    """How many of the last octets may be the beginning of the end."""
    for length in (4, 3, 2, 1):
        if data.endswith(_END[:length]):
            return length
    return 0
