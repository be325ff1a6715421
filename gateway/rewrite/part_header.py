"""The header of one message or body part while it is edited: changes to a field add up, all else stays as it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mail.octets import OctetSource
from gateway.mime.structure import Field, Part
from gateway.rewrite.pieces import Edit, Literal


@dataclass(frozen=True, slots=True)
class _Changed:
    field: Field
    value: bytes | None
    """From the colon on, without the last CRLF; None: the field goes."""


class PartHeader:
    """Values are octets from the colon on, without the last CRLF."""

    def __init__(self, octets: OctetSource, part: Part) -> None:
        self._octets = octets
        self._part = part
        self._changed: dict[int, _Changed] = {}
        self._added: list[bytes] = []

    def value(self, field: Field) -> bytes:
        """The value as it is now."""
        changed = self._changed.get(field.start)
        if changed is not None:
            return changed.value or b""
        return self._octets.read(field.value.start, field.value.stop)

    def set(self, field: Field, value: bytes | None) -> None:
        """Give a field another value, or remove it."""
        self._changed[field.start] = _Changed(field, value)

    def fields(self, name: str) -> Iterator[Field]:
        """The fields of a name (in lower case) that were there from the beginning."""
        return (field for field in self._part.fields if field.name.lower() == name)

    def has(self, name: str) -> bool:
        """Whether there is a field of this name (in lower case)."""
        return any(True for _ in self.fields(name))

    def put(self, name: str, value: str) -> None:
        """Set all fields of this name to the value; add one at the end of the header where there is none."""
        found = list(self.fields(name.lower()))
        for field in found:
            self.set(field, b" " + value.encode("ascii"))
        if not found:
            self._added.append(f"{name}: {value}\r\n".encode("ascii"))

    def edits(self) -> Iterator[Edit]:
        """What was changed."""
        for changed in self._changed.values():
            field = changed.field
            if changed.value is None:
                yield Edit(field.start, field.stop)
            else:
                start = field.start + len(field.name)
                yield Edit(start, field.value.stop, (Literal(b":" + changed.value),))
        if self._added:
            yield self._insertion()

    def _insertion(self) -> Edit:
        stop = self._part.header.stop
        unended = stop > self._part.header.start and self._octets.read(stop - 2, stop) != b"\r\n"
        before = b"\r\n" if unended else b""
        return Edit(stop, stop, (Literal(before + b"".join(self._added)),))
