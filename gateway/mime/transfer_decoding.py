"""Bodies without their content-transfer-encoding (RFC 2045 6.7 and 6.8). Never fails; a body may be cut anywhere."""

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.mime.encoded_word import base64_octets

_NOT_BASE64: Final = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_LINE_END_SPACE: Final = re.compile(rb"(?<![ \t])[ \t]+(?=\r?\n|\Z)")
"""What transports left behind (RFC 2045 6.7, rule 3); also after the `=` of a soft line break."""
_HELD_LINE: Final = 8192
"""A line of quoted-printable longer than this is decoded before its end is seen."""


def decoded_octets(body: bytes, encoding: str) -> bytes:
    """The octets that a body, or its beginning, stands for. An unknown encoding is none (RFC 2045 6.4)."""
    match encoding:
        case "quoted-printable":
            return _quoted_printable_octets(body)
        case "base64":
            return base64_octets(body)
        case _:
            return body


def decoded_chunks(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The same of a body that is not held in memory."""
    match encoding:
        case "quoted-printable":
            return _quoted_printable(chunks)
        case "base64":
            return _base64(chunks)
        case _:
            return iter(chunks)


def _base64(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What padding ends is decoded by itself: four characters are three octets again after it."""
    rest = b""
    for chunk in chunks:
        *ended, run = (rest + chunk).split(b"=")
        found = [base64_octets(one) for one in ended]
        clean = run.translate(None, _NOT_BASE64)
        whole = len(clean) - len(clean) % 4
        yield b"".join([*found, binascii.a2b_base64(clean[:whole])])
        rest = clean[whole:]
    yield base64_octets(rest)


def _quoted_printable_octets(body: bytes) -> bytes:
    return binascii.a2b_qp(_LINE_END_SPACE.sub(b"", body))


def _quoted_printable(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        end = data.rfind(b"\n") + 1
        yield _quoted_printable_octets(data[:end])
        rest = data[end:]
        if len(rest) > _HELD_LINE:
            escape = rest.rfind(b"=", len(rest) - 3)
            # Spaces may be the line's last: they wait for what follows, unless they are all there is.
            end = len(rest[: escape if escape >= 0 else None].rstrip(b" \t=")) or len(rest)
            yield binascii.a2b_qp(rest[:end])
            rest = rest[end:]
    yield _quoted_printable_octets(rest)
