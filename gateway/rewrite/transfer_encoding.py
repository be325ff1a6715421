"""Content-transfer-encodings as streams (RFC 2045 6.7 and 6.8): chunks in, chunks out, bounded memory, linear time.

Lines of the output have at most 76 octets and end with CRLF. No line of quoted-printable that we begin begins with
`-`, so that wrapping a long line never makes a boundary line of a multipart around it.
"""

import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

LINE = 76
"""The longest line of either encoding, without its CRLF."""

_BASE64_QUANTUM = LINE // 4 * 3
_HELD_LINE = 8192
"""A line longer than this is encoded before its end is seen."""

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_UNSAFE_IN_QP = re.compile(rb"[^\t\r\n\x20-\x7e]")
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_MASK = bytes(octet if octet < 128 and octet else ord("?") for octet in range(256))


class Coding(Enum):
    """What is done to octets of the source; the first two are content-transfer-encodings and named as such."""

    QUOTED_PRINTABLE = "quoted-printable"
    BASE64 = "base64"
    MEND_QUOTED_PRINTABLE = "mended quoted-printable"
    """It is quoted-printable already, but has 8-bit octets or long lines in it (RFC 2045 6.7 note 5)."""
    MEND_BASE64 = "mended base64"
    """It is base64 already, but has octets outside its alphabet, which readers ignore (RFC 2045 6.8), or long lines."""
    MASK = "masked"
    """Text that no reader shows (before and after the parts of a multipart): `?` for what is not ASCII."""


def coded(chunks: Iterable[bytes], coding: Coding) -> Iterator[bytes]:
    """The chunks in a coding."""
    match coding:
        case Coding.QUOTED_PRINTABLE:
            return _quoted_printable(chunks)
        case Coding.BASE64:
            return _base64(chunks)
        case Coding.MEND_QUOTED_PRINTABLE:
            return _mended_quoted_printable(chunks)
        case Coding.MEND_BASE64:
            return _mended_base64(chunks)
        case Coding.MASK:
            return (chunk.translate(_MASK) for chunk in chunks)


def _base64(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    between = b""
    for chunk in chunks:
        data = rest + chunk
        full = len(data) - len(data) % _BASE64_QUANTUM
        rest = data[full:]
        if full:
            yield between + _lines(binascii.b2a_base64(data[:full], newline=False))
            between = b"\r\n"
    if rest:
        yield between + binascii.b2a_base64(rest, newline=False)


def _lines(text: bytes) -> bytes:
    return b"\r\n".join([text[at : at + LINE] for at in range(0, len(text), LINE)])


def _mended_base64(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    between = b""
    for chunk in chunks:
        data = rest + chunk.translate(None, _NOT_BASE64)
        full = len(data) - len(data) % LINE
        rest = data[full:]
        if full:
            yield between + _lines(data[:full])
            between = b"\r\n"
    if rest:
        yield between + rest


def _quoted_printable(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return _soft_wrapped(chunks, _escaped)


def _mended_quoted_printable(chunks: Iterable[bytes]) -> Iterator[bytes]:
    return _soft_wrapped(chunks, _mended)


def _escaped(block: bytes) -> bytes:
    text = binascii.b2a_qp(block + b"\r\n")[:-2]
    return text.replace(b"=\r\n", b"") if b"=\r\n-" in text else text


def _mended(block: bytes) -> bytes:
    lines = _BARE.sub(b"\r\n", block)
    return _UNSAFE_IN_QP.sub(lambda octet: b"=%02X" % octet[0][0], lines)


def _soft_wrapped(chunks: Iterable[bytes], escape: Callable[[bytes], bytes]) -> Iterator[bytes]:
    in_line = False
    for block, cut in _blocks(chunks):
        text = escape(block)
        if in_line and text.startswith(b"-"):
            text = b"=2D" + text[1:]
        yield b"\r\n".join([line if len(line) <= LINE else _wrapped(line) for line in text.split(b"\r\n")])
        if cut:
            yield b"=\r\n"
        in_line = cut


def _wrapped(line: bytes) -> bytes:
    pieces: list[bytes] = []
    lead = b""
    at = 0
    while len(lead) + len(line) - at > LINE:
        stop = _whole_escapes(line, at + LINE - 1 - len(lead))
        pieces.append(lead + line[at:stop])
        lead = b"=2D" if line[stop : stop + 1] == b"-" else b""
        at = stop + (1 if lead else 0)
    pieces.append(lead + line[at:])
    return b"=\r\n".join(pieces)


def _blocks(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Runs of whole lines, and whether the run was cut in a line that is too long to hold.

    A run ends with CRLF, but for the last and for those that were cut.
    """
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        end = data.rfind(b"\r\n") + 2
        if end > 1:
            yield data[:end], False
            data = data[end:]
        if len(data) > _HELD_LINE:
            cut = _whole_escapes(data, len(data) - 3)
            yield data[:cut], True
            data = data[cut:]
        rest = data
    if rest:
        yield rest, False


def _whole_escapes(text: bytes, cut: int) -> int:
    """The highest place up to `cut` that is not inside an `=XX`."""
    escape = text.rfind(b"=", cut - 2, cut)
    return cut if escape < 0 else escape
