"""The text that searches look in: headers decoded, bodies without encodings and markup, names of attachments."""

import functools
from collections.abc import Iterable, Iterator

from gateway.mail.domain import BadDomain, parse_domain
from gateway.mail.normal_form import normal
from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.mime.field_text import decoded
from gateway.mime.scan import scan
from gateway.mime.structure import Kind, Part
from gateway.mime.transfer_decoding import decoded_octets
from gateway.summary.body import leaves, part_text
from gateway.summary.header import RawField, raw_header
from gateway.summary.model import SearchText
from gateway.summary.opening import opened
from gateway.summary.people import Person, addresses

_OWN = {b"subject": "subject", b"from": "sender", b"to": "to", b"cc": "cc", b"bcc": "bcc"}
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_MOST_PARTS = 1000
_USUAL = 192
"""Octets of an address field up to which it is remembered."""


def search_text(octets: OctetSource, *, limit: int) -> SearchText:
    """Of a message; about `limit` octets of it are read, header first."""
    return _Collector(octets, limit).collect()


class _Collector:
    def __init__(self, octets: OctetSource, limit: int) -> None:
        self._octets = octets
        self._left = limit
        self._parts_left = _MOST_PARTS
        self._places: dict[str, list[str]] = {"body": [], "attachments": [], "headers": []}

    def collect(self) -> SearchText:
        root, _, fields = opened(self._octets)
        for name, value in self._read(fields):
            self._field(name, value)
        self._leaves(self._octets, root)
        text = {place: _normal("\n".join(lines)) for place, lines in self._places.items()}
        return SearchText(
            subject=text.get("subject", ""),
            sender=text.get("sender", ""),
            to=text.get("to", ""),
            cc=text.get("cc", ""),
            bcc=text.get("bcc", ""),
            headers=text["headers"],
            body=text["body"],
            attachments=text["attachments"],
        )

    def _read(self, fields: Iterable[RawField]) -> Iterator[RawField]:
        for field in fields:
            size = len(field[1])
            if size > self._left:
                return
            self._left -= size
            yield field

    def _field(self, name: bytes, value: bytes) -> None:
        place = _OWN.get(name.lower())
        if place is None:
            self._places["headers"].append(f"{name.decode('latin-1')}: {decoded(value)}")
        elif place == "subject":
            self._places.setdefault(place, []).append(decoded(value))
        else:
            lines = _usual_lines(value) if len(value) <= _USUAL else _people_lines(value)
            self._places.setdefault(place, []).extend(lines)

    def _leaves(self, octets: OctetSource, root: Part) -> None:
        for leaf in leaves(octets, root):
            self._parts_left -= 1
            if self._parts_left < 0:
                return
            if leaf.name and not leaf.shown:
                self._places["attachments"].append(leaf.name)
            self._body(octets, leaf.part)

    def _body(self, octets: OctetSource, part: Part) -> None:
        if part.kind is Kind.MESSAGE:
            self._message(octets, part.children[0])
        elif self._left <= 0:
            return
        elif part.content_type.full in _MESSAGES:
            self._encoded(octets, part)
        elif part.content_type.type in {"text", "multipart"}:
            self._places["body"].append(part_text(octets, part, self._take(part)))

    def _message(self, octets: OctetSource, root: Part) -> None:
        for name, value in self._read(raw_header(octets, root)[1]):
            if name.lower() in _OWN:
                self._places["body"].append(decoded(value))
        self._leaves(octets, root)

    def _encoded(self, octets: OctetSource, part: Part) -> None:
        """A message inside that is encoded, against RFC 2046 5.2.1, is read once; what is encoded in it is not."""
        if octets is self._octets and part.encoding in {"base64", "quoted-printable"}:
            start = part.body.start
            inner = MemoryOctets(decoded_octets(octets.read(start, start + self._take(part)), part.encoding))
            self._message(inner, scan(inner).root)

    def _take(self, part: Part) -> int:
        """How much of a body may be read."""
        size = min(part.body.stop - part.body.start, self._left)
        self._left -= size
        return size


@functools.lru_cache(maxsize=2048)
def _usual_lines(value: bytes) -> list[str]:
    return _people_lines(value)


def _people_lines(value: bytes) -> list[str]:
    """An address field for searches: a line for each address, with its name and both forms of its domain."""
    lines: list[str] = []
    for group, members in addresses(value):
        if group:
            lines.append(group)
        lines += [_line(member) for member in members]
    return lines


def _line(member: Person) -> str:
    local, _, domain = member.address.rpartition("@")
    other = _other_form(domain)
    forms = f"{member.address} {local}@{other}" if other else member.address
    return f"{member.name} {forms}" if member.name else forms


def _other_form(domain: str) -> str:
    if domain.isascii() and "xn--" not in domain.lower():
        return ""
    try:
        parsed = parse_domain(domain)
    except BadDomain:
        return ""
    return parsed.ascii if parsed.ascii != domain else parsed.unicode


def _normal(text: str) -> str:
    return normal("NFC", text.replace("\r\n", "\n"))
