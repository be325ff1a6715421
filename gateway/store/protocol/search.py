"""The full-text index of an account: words of decoded headers, texts and attachment names. It follows the mail."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from gateway.store.model import EmailId

TEXT_LIMIT: Final = 4 * 1024 * 1024
"""So much of each message's text is searched (`limit` of `gateway.summary.text.search_text`), indexed or not."""


class Field(Enum):
    """Where a text is looked for."""

    SUBJECT = "subject"
    FROM = "sender"
    TO = "to"
    CC = "cc"
    BCC = "bcc"
    HEADERS = "headers"
    """All other fields."""
    BODY = "body"
    ATTACHMENTS = "attachments"


class Closeness(Enum):
    """How near a text has to be."""

    EXACT = "exact"
    """The text as a part of the field, by i;unicode-casemap (RFC 9051 6.4.4)."""
    FUZZY = "fuzzy"
    """All its words, in any order and form: without accents, folded (`Strasse`, `Straße`), inflected (RFC 6203)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text, in any of some fields."""

    text: str
    fields: frozenset[Field]
    closeness: Closeness = Closeness.EXACT


@dataclass(frozen=True, slots=True)
class Found:
    """What the index knows. Messages that it has not seen yet are no part of it: the caller looks at those itself."""

    emails: "array[int]"
    """`q`, ascending."""
    sure: bool
    """False: these are all that may match, each to be looked at by the caller."""
    ranks: "array[float] | None" = None
    """Of FUZZY: how well each matches, 0 to 1."""


class SearchIndex(Protocol):
    """Of one account."""

    async def find(self, wanted: Wanted) -> Found:
        """Among what is indexed."""
        ...

    async def missing(self, emails: Sequence[EmailId]) -> Sequence[EmailId]:
        """Those that are not indexed yet. To be asked before `find`: what is indexed in between is then in both."""
        ...

    async def snippets(self, emails: Sequence[EmailId], wanted: Wanted) -> Sequence[tuple[str, str]]:
        """Of each, subject and body around what was found, HTML with `<mark>` (RFC 8621 5); empty where nothing was."""
        ...
