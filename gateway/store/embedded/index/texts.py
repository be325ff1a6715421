"""The text of a message that searches look in, indexed or not."""

from gateway.mail.octets import OctetSource
from gateway.store.protocol.search import TEXT_LIMIT
from gateway.summary.model import SearchText
from gateway.summary.text import search_text


def text_of(octets: OctetSource) -> SearchText:
    """Raises OSError where they cannot be read."""
    return search_text(octets, limit=TEXT_LIMIT)
