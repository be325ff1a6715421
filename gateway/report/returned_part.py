"""The third part of a report: the message itself, or its header (RFC 3461 6.2, RFC 6522 3, RFC 6533 4.2 to 4.5).

What is not legal 7bit is encoded for an ASCII report: message/rfc822 may not be (RFC 2046 5.2.1), message/global may
(RFC 6532 3.7), and a header in no known charset goes as text/rfc822-headers (RFC 6522 4).
"""

from typing import Final

from gateway.mail.envelope import Ret
from gateway.report.part import Content, fits_seven_bit
from gateway.report.request import Occasion, ReportRequest

HEADER_LIMIT: Final = 64 * 1024
"""Octets of a header that are returned; what is more is left out, at the end of a line."""

_UNDELIVERED = "Undelivered message"
_HEADER = "Header of the message"


def returned_part(request: ReportRequest) -> Content:
    """The message where the sender may have it whole, else its header."""
    header = _header(request)
    if not returns_all(request) or not _is_utf8(header):
        return _header_part(header)
    octets = request.octets.read(0, len(request.octets))
    kind = "message/rfc822" if fits_seven_bit(octets) else "message/global"
    return Content(kind, octets, _UNDELIVERED)


def returns_all(request: ReportRequest) -> bool:
    """Failures only, within the limit (also when encoded), and unless the sender said RET=HDRS."""
    if request.occasion is not Occasion.FAILURE or request.message.options.ret is Ret.HDRS:
        return False
    size = len(request.octets)
    if size > request.return_limit:
        return False  # before its octets are looked at: it may be a large file
    return size + size // 2 <= request.return_limit or request.octets.isascii(0, size)


def _header_part(header: bytes) -> Content:
    kind = "text/rfc822-headers" if header.isascii() or not _is_utf8(header) else "message/global-headers"
    return Content(kind, header, _HEADER)


def _header(request: ReportRequest) -> bytes:
    """All lines before the first empty one."""
    octets = request.octets
    if octets.read(0, 2) == b"\r\n":
        return b""
    end = octets.find(b"\r\n\r\n", 0, min(len(octets), HEADER_LIMIT + 4))
    if end >= 0:
        return octets.read(0, end + 2)
    head = octets.read(0, HEADER_LIMIT)
    return head if len(head) < HEADER_LIMIT else head[: head.rfind(b"\r\n") + 2]


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
