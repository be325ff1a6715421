"""BODYSTRUCTURE (RFC 9051 7.5.2) as IMAP writes it, with its extension data.

Types are in lower case. Parameters in pieces are put together (RFC 2231 3). What names itself multipart and has no
parts that can be found is text/plain, as a body with a broken Content-Type is (RFC 2045 5.2); a message inside that is
encoded, or too deep, is shown with an empty envelope and as one text.
"""

from collections.abc import Mapping

from gateway.mail.octets import OctetSource
from gateway.mime.content_type import joined_parameters, parse_disposition, to_octets
from gateway.mime.field_text import as_written
from gateway.mime.structure import ContentType, Kind, Part
from gateway.summary.envelope import correspondents, envelope
from gateway.summary.header import Header, header_of
from gateway.summary.imap_form import NIL, nstring, string

_MESSAGES = frozenset({"message/rfc822", "message/global"})
_NO_ENVELOPE = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
_US_ASCII = b'("charset" "us-ascii")'


MAX_HEADERS = 256 * 1024
"""Octets of the headers of messages inside that become envelopes; the others have empty ones."""


_MESSAGE = frozenset({"message/rfc822"})


def body_structure(octets: OctetSource, root: Part, header: Header, *, knows_global: bool = True) -> bytes:
    """Of a message, whose header was read.

    `knows_global`: the reader knows that a message/global is a message (RFC 9755 6, RFC 9051); else it is any part.
    """
    return _Writer(octets, _MESSAGES if knows_global else _MESSAGE).body(root, header)


class _Writer:
    def __init__(self, octets: OctetSource, messages: frozenset[str]) -> None:
        self._octets = octets
        self._messages = messages
        self._headers_left = MAX_HEADERS

    def body(self, part: Part, header: Header) -> bytes:
        return self._multipart(part, header) if part.kind is Kind.MULTIPART else self._single(part, header)

    def _multipart(self, part: Part, header: Header) -> bytes:
        children = b"".join([self.body(child, header_of(self._octets, child)) for child in part.children])
        kind = part.content_type
        extension = b" ".join(
            (_parameters(kind.parameters), _disposition(header), _language(header), _location(header))
        )
        return b"(%s %s %s)" % (children, string(_clean(kind.subtype)), extension)

    def _single(self, part: Part, header: Header) -> bytes:
        kind = part.content_type
        is_multipart = kind.type == "multipart"
        fields = [
            b'"text" "plain"' if is_multipart else b"%s %s" % (string(_clean(kind.type)), string(_clean(kind.subtype))),
            _US_ASCII if is_multipart else _parameters(_with_charset(kind)),
            nstring(header.text("content-id")),
            nstring(header.text("content-description")),
            string(_clean(part.encoding)),
            b"%d" % (part.body.stop - part.body.start),
        ]
        if kind.full in self._messages:
            fields += self._inner(part)
        if is_multipart or kind.type == "text" or kind.full in self._messages:
            fields.append(b"%d" % self._lines(part))
        fields += (nstring(header.text("content-md5")), _disposition(header), _language(header), _location(header))
        return b"(%s)" % b" ".join(fields)

    def _inner(self, part: Part) -> tuple[bytes, bytes]:
        if part.kind is Kind.MESSAGE:
            inner = part.children[0]
            header = header_of(self._octets, inner)
            self._headers_left -= len(header.raw)
            found = envelope(header, correspondents(header)) if self._headers_left >= 0 else _NO_ENVELOPE
            return found, self.body(inner, header)
        size, lines = part.body.stop - part.body.start, self._lines(part)
        encoding = string(_clean(part.encoding))
        text = b'("text" "plain" %s NIL NIL %s %d %d NIL NIL NIL NIL)' % (_US_ASCII, encoding, size, lines)
        return _NO_ENVELOPE, text

    def _lines(self, part: Part) -> int:
        return sum(chunk.count(b"\n") for chunk in self._octets.chunks(part.body.start, part.body.stop))


def _with_charset(kind: ContentType) -> Mapping[str, str]:
    """US-ASCII is the default of plain text (RFC 2046 4.1.2), and of no other type (RFC 6657 3)."""
    if kind.full != "text/plain" or "charset" in kind.parameters or "charset*" in kind.parameters:
        return kind.parameters
    return {**kind.parameters, "charset": "us-ascii"}


def _parameters(parameters: Mapping[str, str]) -> bytes:
    if not parameters:
        return NIL
    if any("*" in name for name in parameters):
        parameters = joined_parameters(parameters)
    pairs = [b"%s %s" % (string(_clean(name)), string(_clean(value))) for name, value in parameters.items()]
    return b"(%s)" % b" ".join(pairs)


def _clean(text: str) -> str:
    """What came by `content_type.to_text`, as text that may be shown."""
    return text if text.isascii() and text.isprintable() else as_written(to_octets(text))


def _disposition(header: Header) -> bytes:
    value = header.octets("content-disposition")
    if value is None:
        return NIL
    disposition = parse_disposition(value)
    return b"(%s %s)" % (string(_clean(disposition.type)), _parameters(disposition.parameters))


def _language(header: Header) -> bytes:
    text = header.text("content-language")
    tags = [tag.strip() for tag in text.split(",")] if text else []
    tags = [tag for tag in tags if tag]
    return b"(%s)" % b" ".join(map(string, tags)) if tags else NIL


def _location(header: Header) -> bytes:
    """A URI that was folded has no blanks in it (RFC 2557 4.4.1)."""
    text = header.text("content-location")
    return NIL if text is None else string("".join(text.split()))
