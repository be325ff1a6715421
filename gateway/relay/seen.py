"""A mail as the routes see it, from what the relay knows of it."""

import re
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from gateway.inspect.needs import needs_of
from gateway.inspect.result import Inspection
from gateway.mail.address import NULL_PATH, ReversePath
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.message import Message
from gateway.mail.octets import OctetSource
from gateway.mail.origin import Origin
from gateway.mime.header import header_fields
from gateway.route.facts import Facts, Seen

DECODED = 64 * 1024
"""Characters of a header whose encoded-words are decoded: the decoder's time grows with the square of their number."""

_FOLD = re.compile(r"\r\n(?=[ \t])")


class Header:
    """The values of header fields, read when a route first asks. Encoded-words are seen both as written and decoded."""

    def __init__(self, octets: OctetSource) -> None:
        self._octets = octets
        self._values: dict[str, list[str]] | None = None

    def __call__(self, name: str) -> Sequence[str]:
        """The values of all fields of this name (in lower case), unfolded."""
        if self._values is None:
            self._values = self._read()
        return self._values.get(name, ())

    def _read(self) -> dict[str, list[str]]:
        values: dict[str, list[str]] = {}
        left = DECODED
        for field in header_fields(self._octets):
            text = self._octets.read(field.value.start, field.value.stop).decode("utf-8", "replace")
            text = _FOLD.sub("", text).strip()
            kept = values.setdefault(field.name.lower(), [])
            kept.append(text)
            if "=?" in text and len(text) <= left:
                left -= len(text)
                kept.append(_decoded(text))
        return values


def _decoded(text: str) -> str:
    """Encoded-words as what they say (RFC 2047); the text as it is where they are broken."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def at_rcpt(sender: ReversePath, origin: Origin, minute: int) -> Facts:
    """What is known before the content is."""
    return Facts(sender, origin, minute)


class Content:
    """A message's octets with what the inspector found, as routes ask about them, recipient by recipient."""

    def __init__(self, octets: OctetSource, inspection: Inspection, options: MailOptions) -> None:
        self._inspection = inspection
        self._options = options
        self._size = len(octets)
        self._header = Header(octets)

    def facts(self, known: Facts, recipient: Recipient) -> Facts:
        """What is known now about the delivery to this recipient."""
        sender = NULL_PATH if known.sender is None else known.sender
        needs = needs_of(self._inspection, sender, (recipient,), self._options)
        return Facts(known.sender, known.origin, known.minute, Seen(self._size, needs.extensions, self._header))


def facts_of(message: Message, minute: int) -> Facts:
    """What is known about a message in the queue without its content."""
    return Facts(message.sender, message.origin, minute)
