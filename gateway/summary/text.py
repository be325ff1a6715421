"""The text that searches look in: headers decoded, bodies without encodings and markup, names of attachments."""

import unicodedata
from collections.abc import Iterator

from gateway.mail.domain import BadDomain, parse_domain
from gateway.mail.octets import OctetSource
from gateway.mime.address_list import Mailbox, parse_address_list
from gateway.mime.field_text import as_written, decoded, decoded_text
from gateway.mime.scan import scan
from gateway.mime.structure import Kind, Part
from gateway.summary.body import leaves, part_text
from gateway.summary.model import SearchText

_OWN = {"subject": "subject", "from": "sender", "to": "to", "cc": "cc", "bcc": "bcc"}
_MOST_PARTS = 1000


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
        root = scan(self._octets).root
        for name, value in self._fields(root):
            self._field(name, value)
        self._message(root)
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

    def _fields(self, part: Part) -> Iterator[tuple[str, bytes]]:
        for field in part.fields:
            size = field.value.stop - field.value.start
            if size > self._left:
                return
            self._left -= size
            yield field.name, self._octets.read(*field.value)

    def _field(self, name: str, value: bytes) -> None:
        place = _OWN.get(name.lower())
        if place is None:
            self._places["headers"].append(f"{name}: {decoded(value)}")
        elif place == "subject":
            self._places.setdefault(place, []).append(decoded(value))
        else:
            self._places.setdefault(place, []).extend(people_lines(value))

    def _message(self, root: Part) -> None:
        for leaf in leaves(self._octets, root):
            self._parts_left -= 1
            if self._parts_left < 0:
                return
            if leaf.name and not leaf.shown:
                self._places["attachments"].append(leaf.name)
            self._body(leaf.part)

    def _body(self, part: Part) -> None:
        if part.kind is Kind.MESSAGE:
            inner = part.children[0]
            for name, value in self._fields(inner):
                if name.lower() in _OWN:
                    self._places["body"].append(decoded(value))
            self._message(inner)
        elif part.content_type.type in {"text", "multipart"} and self._left > 0:
            size = min(part.body.stop - part.body.start, self._left)
            self._places["body"].append(part_text(self._octets, part, size))
            self._left -= size


def people_lines(value: bytes) -> list[str]:
    """An address field for searches: a line for each address, with its name and both forms of its domain."""
    lines: list[str] = []
    for group in parse_address_list(as_written(value)):
        if group.name:
            lines.append(decoded_text(group.name))
        lines += [_person(mailbox) for mailbox in group.mailboxes]
    return lines


def _person(mailbox: Mailbox) -> str:
    name, local, domain, _ = mailbox
    address = f"{local}@{domain}" if domain else local
    other = _other_form(domain)
    forms = f"{address} {local}@{other}" if other else address
    return f"{decoded_text(name)} {forms}" if name else forms


def _other_form(domain: str) -> str:
    if domain.isascii() and "xn--" not in domain.lower():
        return ""
    try:
        parsed = parse_domain(domain)
    except BadDomain:
        return ""
    return parsed.ascii if parsed.ascii != domain else parsed.unicode


def _normal(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return text if text.isascii() else unicodedata.normalize("NFC", text)
