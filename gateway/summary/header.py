"""The fields of a message or part that a summary is made of, looked up by name."""

from gateway.mail.octets import OctetSource
from gateway.mime.field_text import as_written
from gateway.mime.structure import Part

_NAMES = """
    date subject from sender reply-to to cc bcc in-reply-to message-id references content-id content-description
    content-disposition content-language content-location content-md5 content-type
"""
_WANTED = frozenset(_NAMES.split())


class Header:
    """Of one message or part, unfolded, encoded-words as they stand."""

    __slots__ = ("_found", "raw")

    def __init__(self, octets: OctetSource, part: Part) -> None:
        base = part.header.start
        fields = part.fields
        self.raw = octets.read(base, fields[-1].stop if fields else base)
        self._found: dict[str, list[bytes]] = {}
        for field in fields:
            name = field.name.lower()
            if name in _WANTED:
                value = self.raw[field.value.start - base : field.value.stop - base]
                self._found.setdefault(name, []).append(value)

    def octets(self, name: str) -> bytes | None:
        """The value of the first field of a name in lower case, as it is; None where there is none."""
        found = self._found.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str | None:
        """Likewise, as text."""
        found = self._found.get(name)
        return as_written(found[0]) if found else None

    def joined(self, name: str) -> str:
        """All fields of a name as one list (RFC 5322 4.5.3); empty where there is none."""
        found = self._found.get(name)
        if not found:
            return ""
        return as_written(found[0]) if len(found) == 1 else ", ".join([as_written(value) for value in found])


def first_value(octets: OctetSource, part: Part, name: str) -> bytes | None:
    """The value of one field of a part, by its name in lower case; None where there is none."""
    for field in part.fields:
        if len(field.name) == len(name) and field.name.lower() == name:
            return octets.read(field.value.start, field.value.stop)
    return None
