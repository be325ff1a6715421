"""A message as those are shown it who know nothing of UTF-8 in headers: a surrogate (RFC 6857, RFC 6858, RFC 9755 7).

What has a form in ASCII gets that one: RFC 2047 for text and names, RFC 2231 for parameters, A-labels. An address that
has none becomes one that is nobody's, with the real one in its name (RFC 6858 2.1). Fields without any form are left
out, as are lines that are no fields (RFC 6858 2.4). A message/global inside becomes a message/rfc822, which it then is.

Bodies stay as they are, but for NUL, which no IMAP client may see (RFC 9051 4.3.1, RFC 3516 6): a part that has it is
put into base64. Elsewhere NUL is shown as a blank.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import Flag, auto
from typing import Final

from gateway.mail.domain import BadDomain, parse_domain
from gateway.mail.octets import OctetSource
from gateway.mime.address_list import Mailbox, parse_address_list
from gateway.mime.content_type import parse_content_type, parse_disposition
from gateway.mime.field_text import as_written, decoded_text
from gateway.mime.scan import IDENTITY
from gateway.mime.structure import Field, Kind, Part, Span
from gateway.rewrite.encoded_word import Place
from gateway.rewrite.folding import Composer, NoAsciiForm
from gateway.rewrite.header_field import ADDRESS_FIELDS, ascii_field
from gateway.rewrite.part_header import PartHeader
from gateway.rewrite.pieces import Edit, Encode, Literal
from gateway.rewrite.transfer_encoding import Coding

NOBODY: Final = "invalid@internationalized-address.invalid"
"""RFC 6858 2.1; RFC 2606 reserves the domain."""
MAX_TEXT: Final = 256 * 1024
"""Octets of fields of one message that get another form. What is beyond that is left out."""
_ATOMS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~ ")


class Mend(Flag):
    """What is to be mended."""

    HEADERS = auto()
    NUL = auto()


def surrogate(octets: OctetSource, root: Part, mend: Mend) -> list[Edit]:
    """The edits that make a surrogate of a message that was scanned. Takes as long as its headers are, at most."""
    pass_ = _Pass(octets, mend)
    pass_.part(root)
    return pass_.edits


class _Pass:
    def __init__(self, octets: OctetSource, mend: Mend) -> None:
        self._octets = octets
        self._mend = mend
        self._left = MAX_TEXT
        self.edits: list[Edit] = []

    def part(self, part: Part) -> None:
        """With all that is inside."""
        header = PartHeader(self._octets, part)
        if Mend.HEADERS in self._mend:
            self._fields(part, header)
        if Mend.NUL in self._mend and part.kind is Kind.LEAF:
            self._leaf(part, header)
        self.edits += header.edits()
        for child in part.children:
            self.part(child)

    def _fields(self, part: Part, header: PartHeader) -> None:
        for field in part.fields:
            if not field.ascii:
                header.set(field, self._value(field, header.value(field)))
        for gap in _gaps(part):
            if not self._octets.isascii(gap.start, gap.stop):
                self.edits.append(Edit(gap.start, gap.stop))
        if part.kind is Kind.MESSAGE and part.content_type.full == "message/global":
            self._relabel(header)

    def _value(self, field: Field, value: bytes) -> bytes | None:
        self._left -= len(value)
        if self._left < 0 or not field.name.isascii():
            return None
        written = _written(field.name, as_written(value))
        return written.encode("ascii") if written is not None and written.isascii() else None

    def _relabel(self, header: PartHeader) -> None:
        field = next(header.fields("content-type"))
        value = header.value(field)
        at = value.lower().find(b"global", value.find(b"/"))
        mended = value[:at] + b"rfc822" + value[at + 6 :]
        is_message = parse_content_type(mended).content_type.full == "message/rfc822"
        header.set(field, mended if is_message else b" message/rfc822")

    def _leaf(self, part: Part, header: PartHeader) -> None:
        start, stop = part.body
        if self._octets.find(b"\0", start, stop) < 0 or not may_be_base64(part):
            return
        header.put("Content-Transfer-Encoding", "base64")
        end = (Literal(b"\r\n"),) if stop == len(self._octets) else ()
        self.edits.append(Edit(start, stop, (Encode(start, stop, Coding.BASE64), *end)))


def may_be_base64(part: Part) -> bool:
    """Whether a leaf is not encoded yet, and may be (RFC 2045 6.4)."""
    return part.encoding in IDENTITY and part.content_type.type not in {"message", "multipart"}


def _written(name: str, text: str) -> str | None:
    """The value of a field in ASCII, from the colon on; None: it has none."""
    try:
        return ascii_field(name, f" {text}", {}).value
    except NoAsciiForm:
        match name.lower():
            case lowered if lowered in ADDRESS_FIELDS:
                return _addresses(name, text)
            case "content-type":
                kind = parse_content_type(text.encode()).content_type
                return _parameters(name, kind.full, kind.parameters)
            case "content-disposition":
                disposition = parse_disposition(text.encode())
                return _parameters(name, disposition.type, disposition.parameters)
            case _:
                return None


def _parameters(name: str, head: str, parameters: Mapping[str, str]) -> str | None:
    """Those that have a form in ASCII: the others are left out (RFC 6858 2.2)."""
    if not head.isascii():
        return None
    composer = Composer(name)
    composer.add(" ", head)
    for attribute, value in parameters.items():
        with suppress(NoAsciiForm):
            found = ascii_field(name, f" {head}; {attribute}={_quoted(value)}", {}).value or ""
            for parameter in found.split(";")[1:] if not value.isascii() else [f"{attribute}={_quoted(value)}"]:
                composer.add("", ";")
                composer.add(" ", parameter.strip())
    return composer.folded()


def _addresses(name: str, text: str) -> str:
    composer = Composer(name)
    for at, group in enumerate(parse_address_list(text)):
        if at:
            composer.separate(",")
        if group.name is not None:
            _phrase(composer, group.name)
            composer.separate(":")
        for place, mailbox in enumerate(group.mailboxes):
            if place:
                composer.separate(",")
            _mailbox(composer, mailbox)
        if group.name is not None:
            composer.add("", ";")
    return composer.folded()


def _mailbox(composer: Composer, mailbox: Mailbox) -> None:
    name, local, domain, _ = mailbox
    ascii_domain = _ascii_domain(domain)
    if local.isascii() and ascii_domain is not None:
        if name:
            _phrase(composer, name)
        composer.add(" ", f"<{_local(local)}@{ascii_domain}>" if domain else f"<{_local(local)}>")
        return
    address = f"{local}@{domain}" if domain else local
    composer.encode(" ", f"{decoded_text(name)} {address}".strip(), Place.PHRASE)
    composer.add(" ", f"<{NOBODY}>")


def _phrase(composer: Composer, name: str) -> None:
    if not name.isascii():
        composer.encode(" ", decoded_text(name), Place.PHRASE)
    elif set(name) <= _ATOMS or "=?" in name:
        composer.add(" ", name)
    else:
        composer.add(" ", _quoted(name))


def _local(local: str) -> str:
    words = local.split(".")
    return local if all(word and " " not in word and set(word) <= _ATOMS for word in words) else _quoted(local)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _ascii_domain(domain: str) -> str | None:
    if domain.isascii():
        return domain
    try:
        return parse_domain(domain).ascii
    except BadDomain:
        return None


def _gaps(part: Part) -> Iterator[Span]:
    """What of a header is no field."""
    at = part.header.start
    for field in part.fields:
        if field.start > at:
            yield Span(at, field.start)
        at = field.stop
    if part.header.stop > at:
        yield Span(at, part.header.stop)
