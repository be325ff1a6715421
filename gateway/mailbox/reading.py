"""What views need of the octets of messages: what searches look in, and how texts are compared."""

from typing import Protocol

from typing_extensions import override

from gateway.mail.octets import OctetSource
from gateway.store.protocol.search import TEXT_LIMIT
from gateway.summary.collation import casemap
from gateway.summary.model import SearchText
from gateway.summary.text import search_text


class Reading(Protocol):
    """`gateway.summary`, as this package uses it."""

    def search_text(self, octets: OctetSource) -> SearchText:
        """What searches look in. Never raises but OSError."""
        ...

    def casemap(self, text: str) -> bytes:
        """As i;unicode-casemap compares it (RFC 5051)."""
        ...


class SummaryReading(Reading):
    """The one there is."""

    @override
    def search_text(self, octets: OctetSource) -> SearchText:
        return search_text(octets, limit=TEXT_LIMIT)

    @override
    def casemap(self, text: str) -> bytes:
        return casemap(text)
