"""The delimiter lines of a multipart body (RFC 2046 5.1.1).

ABNF::

    multipart-body    = [preamble CRLF] dash-boundary transport-padding CRLF body-part
                        *( CRLF dash-boundary transport-padding CRLF body-part )
                        CRLF dash-boundary "--" transport-padding [CRLF epilogue]
    dash-boundary     = "--" boundary
    transport-padding = *WSP

The CRLF before a delimiter belongs to the delimiter. A line that only begins with the dash-boundary is no delimiter
here, as with most readers; RFC 2046 lets others take it for one, so what would then be a header is looked at for
octets over 127, as is what follows a delimiter after a bare LF.
"""

import re
from dataclasses import dataclass

from gateway.mail.octets import OctetSource
from gateway.mime.structure import Span

MAX_PADDING = 256
"""Octets of transport padding that a delimiter may have."""

_REST = re.compile(rb"(--)?[ \t]*(\r\n|\Z)")


@dataclass(frozen=True, slots=True)
class Division:
    """A multipart body, cut.

    `parts`: the body parts, in order. `closed`: the closing delimiter was seen. `unsure`: ranges with octets over
    127 that other readers may take for a part's header. `rest`: where reading stopped because of too many lines.
    `lines`: how many lines that begin with the dash-boundary were read.
    """

    parts: tuple[Span, ...]
    closed: bool
    lines: int
    unsure: tuple[Span, ...] = ()
    rest: int | None = None


def divide(octets: OctetSource, body: Span, boundary: bytes, limit: int) -> Division:
    """Cut a multipart body that begins right after an empty line. At most `limit` delimiters are read."""
    return _Divider(octets, body, b"\n--" + boundary).run(limit)


class _Divider:
    def __init__(self, octets: OctetSource, body: Span, needle: bytes) -> None:
        self._octets = octets
        self._body = body
        self._needle = needle
        self._parts: list[Span] = []
        self._unsure: list[Span] = []
        self._looked_at = 0
        self._lines = 0
        self._open: int | None = None
        """Where the part begins that has not ended yet."""

    def run(self, limit: int) -> Division:
        at = max(self._body.start - 1, 0)
        for _ in range(limit):
            at = self._octets.find(self._needle, at, self._body.stop)
            if at < 0:
                self._end_part(self._body.stop)
                return self._division(closed=False)
            after, closing = self._read_line(at)
            if closing:
                self._end_part(at - 1)
                return self._division(closed=True)
            if after is not None:
                self._end_part(at - 1)
                self._open = after
            at = at + 1 if after is None else after - 1
        self._end_part(at)
        return self._division(closed=False, rest=at)

    def _read_line(self, at: int) -> tuple[int | None, bool]:
        """The line after the LF at `at`: where what follows it begins (None: it is no delimiter), whether it closes."""
        self._lines += 1
        end = at + len(self._needle)
        tail = self._octets.read(end, min(end + MAX_PADDING, self._body.stop))
        rest = _REST.match(tail)
        whole = rest is not None and (rest.group(2) or end + len(tail) == self._body.stop)
        if rest is None or not whole or self._octets.read(at - 1, at) != b"\r":
            self._look_for_header(at + 1)
            return None, False
        return end + rest.end(), rest.group(1) is not None

    def _end_part(self, stop: int) -> None:
        if self._open is not None:
            self._parts.append(Span(self._open, max(self._open, stop)))
            self._open = None

    def _look_for_header(self, start: int) -> None:
        """Each octet is looked at once, however many such lines there are."""
        if start < self._looked_at:
            return
        blank = self._octets.find(b"\r\n\r\n", start, self._body.stop)
        stop = self._looked_at = blank if blank >= 0 else self._body.stop
        if not self._octets.isascii(start, stop):
            self._unsure.append(Span(start, stop))

    def _division(self, *, closed: bool, rest: int | None = None) -> Division:
        return Division(tuple(self._parts), closed, self._lines, tuple(self._unsure), rest)
