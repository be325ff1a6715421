"""The fields of a message or part that a summary is made of, looked up by name."""

from collections.abc import Iterable
from typing import Final

from gateway.mail.octets import OctetSource
from gateway.mime.field_text import as_written
from gateway.mime.structure import Part

_NAMES = """
    date subject from sender reply-to to cc bcc in-reply-to message-id references content-id content-description
    content-disposition content-language content-location content-md5 content-type content-transfer-encoding
"""
_WANTED: Final = {name.encode(): name for name in _NAMES.split()}

RawField = tuple[bytes, bytes]
"""Name and value, as they stand."""


class Header:
    """Of one message or part, unfolded, encoded-words as they stand."""

    __slots__ = ("_found", "raw")

    def __init__(self, raw: bytes, fields: Iterable[RawField]) -> None:
        self.raw = raw
        self._found: dict[str, list[bytes]] = {}
        for name, value in fields:
            wanted = _WANTED.get(name.lower())
            if wanted is not None:
                self._found.setdefault(wanted, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def all(self, name: str) -> list[bytes]:
        """The values of all fields of a name in lower case, as they are."""
        return self._found.get(name, [])

    def octets(self, name: str) -> bytes | None:
        """The first of them; None where there is none."""
        found = self._found.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str | None:
        """Likewise, as text."""
        found = self._found.get(name)
        return as_written(found[0]) if found else None


def raw_header(octets: OctetSource, part: Part) -> tuple[bytes, list[RawField]]:
    """The header of a part that was scanned, and its fields."""
    base = part.header.start
    fields = part.fields
    raw = octets.read(base, fields[-1].stop if fields else base)
    return raw, [(name.encode("latin-1"), raw[start - base : stop - base]) for name, _, (start, stop), _, _ in fields]


def header_of(octets: OctetSource, part: Part) -> Header:
    """Of a part that was scanned."""
    return Header(*raw_header(octets, part))


def first_value(octets: OctetSource, part: Part, name: str) -> bytes | None:
    """The value of one field of a part, by its name in lower case; None where there is none."""
    for field in part.fields:
        if len(field.name) == len(name) and field.name.lower() == name:
            return octets.read(field.value.start, field.value.stop)
    return None
