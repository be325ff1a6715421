"""Bodies without their content-transfer-encoding (RFC 2045 6.7 and 6.8). Never fails; a body may be cut anywhere."""

import binascii
from collections.abc import Iterable, Iterator
from typing import Final

from gateway.mime.encoded_word import base64_octets

_NOT_BASE64: Final = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_HELD_LINE: Final = 8192
"""A line of quoted-printable longer than this is decoded before its end is seen."""


def decoded_octets(body: bytes, encoding: str) -> bytes:
    """The octets that a body, or its beginning, stands for. An unknown encoding is none (RFC 2045 6.4)."""
    match encoding:
        case "quoted-printable":
            return binascii.a2b_qp(body)
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


def _quoted_printable(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        end = data.rfind(b"\n") + 1
        if len(data) - end > _HELD_LINE:
            escape = data.rfind(b"=", len(data) - 3)
            end = escape if escape >= 0 else len(data)
        yield binascii.a2b_qp(data[:end])
        rest = data[end:]
    yield binascii.a2b_qp(rest)
