"""Header fields as text, for the condition `header:`: unfolded, RFC 2047 decoded, what is not UTF-8 replaced."""

import re
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Final

from gateway.mail.octets import OctetSource
from gateway.mime.header import header_fields
from gateway.route.facts import HeaderValues

MAX_VALUE: Final = 16_384
"""Octets of a field that are read."""

_FOLD: Final = re.compile(r"\r\n(?=[ \t])")


def header_values(octets: OctetSource) -> HeaderValues:
    """Look-up of the message's own fields. The header is read at the first question, once."""
    found: dict[str, list[str]] = {}
    read = False

    def values(name: str) -> Sequence[str]:
        nonlocal read
        if not read:
            for field in header_fields(octets):
                raw = octets.read(field.value.start, min(field.value.stop, field.value.start + MAX_VALUE))
                found.setdefault(field.name.lower(), []).append(_text(raw))
            read = True
        return found.get(name, ())

    return values


def _text(raw: bytes) -> str:
    text = _FOLD.sub("", raw.decode("utf-8", "replace")).strip(" \t")
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return text
