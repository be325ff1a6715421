"""One header field in ASCII, by the grammar that its name has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from gateway.mail.address import Address
from gateway.mime.tokens import tokens
from gateway.rewrite.address_field import PathWriter, address_path, identifier, link, list_identifier, write_list
from gateway.rewrite.comment import write_commented
from gateway.rewrite.folding import Composer, Means, NoAsciiForm
from gateway.rewrite.parameter import write_parameters
from gateway.rewrite.received_field import ascii_received
from gateway.rewrite.unstructured import write_text


class Grammar(Enum):
    """What the value of a field is made of, as far as rewriting goes. Fields not named below are TEXT."""

    TEXT = auto()
    ADDRESSES = auto()
    IDENTIFIERS = auto()
    LINKS = auto()
    URI = auto()
    LIST_ID = auto()
    PHRASES = auto()
    PARAMETERS = auto()
    RECEIVED = auto()
    OTHER = auto()
    """Structured in its own way: only comments can be encoded."""


_NAMES: Mapping[Grammar, str] = {
    Grammar.ADDRESSES: "from sender reply-to to cc bcc resent-from resent-sender resent-reply-to resent-to resent-cc "
    "resent-bcc return-path delivered-to disposition-notification-to return-receipt-to errors-to mail-followup-to "
    "mail-reply-to apparently-to",
    Grammar.IDENTIFIERS: "message-id resent-message-id references in-reply-to content-id",
    Grammar.LINKS: "list-help list-subscribe list-unsubscribe list-post list-owner list-archive",
    Grammar.URI: "content-location content-base",
    Grammar.LIST_ID: "list-id",
    Grammar.PHRASES: "keywords",
    Grammar.PARAMETERS: "content-type content-disposition",
    Grammar.RECEIVED: "received",
    Grammar.OTHER: "date resent-date mime-version content-transfer-encoding content-language content-md5 "
    "content-duration content-features auto-submitted original-message-id disposition-notification-options "
    "list-unsubscribe-post dkim-signature arc-seal arc-message-signature arc-authentication-results "
    "authentication-results received-spf tls-required expires supersedes priority importance precedence",
}
_GRAMMARS = {name: grammar for grammar, names in _NAMES.items() for name in names.split()}

ADDRESS_FIELDS = frozenset(_NAMES[Grammar.ADDRESSES].split())
"""In lower case."""

_EXPENDABLE = frozenset(
    {
        "return-path",
        "delivered-to",
        "dkim-signature",
        "arc-seal",
        "arc-message-signature",
        "arc-authentication-results",
        "authentication-results",
        "received-spf",
    }
)
"""Traces of other hosts and signatures that any rewriting breaks: better no such field than no mail."""

MAX_VALUE = 128 * 1024
"""Characters of a value that is rewritten at all. Bounds time (0.2 s) and memory (15 MB) for hostile ones."""

_PATHS: Mapping[Grammar, PathWriter] = {
    Grammar.IDENTIFIERS: identifier,
    Grammar.LINKS: link,
    Grammar.LIST_ID: list_identifier,
}

_LINE_ENDS = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class AsciiField:
    """The value from the colon on, without its last CRLF; None: the field is left out. `how` is for people."""

    value: str | None
    how: str


def ascii_field(name: str, value: str, aliases: Mapping[str, Address]) -> AsciiField:
    """Rewrite the value of a field, given from the colon on and folded as it is. Raises NoAsciiForm."""
    lowered = name.lower()
    grammar = _GRAMMARS.get(lowered, Grammar.TEXT)
    if len(value) > MAX_VALUE:
        raise NoAsciiForm(f"a field of {len(value)} characters is too long to be rewritten")
    if grammar is Grammar.RECEIVED:
        return AsciiField(ascii_received(value), Means.CLAUSE_DROPPED)
    composer = Composer(name)
    try:
        _write(composer, grammar, _LINE_ENDS.sub("", value), aliases)
    except NoAsciiForm:
        if lowered in _EXPENDABLE:
            return AsciiField(None, "left out")
        raise
    return AsciiField(composer.folded(), f"to {' and '.join(composer.means) or 'ASCII'}")


def _write(composer: Composer, grammar: Grammar, value: str, aliases: Mapping[str, Address]) -> None:
    match grammar:
        case Grammar.TEXT:
            write_text(composer, value)
        case Grammar.URI:
            composer.add(" ", link(composer, value.strip()))
        case Grammar.PARAMETERS:
            write_parameters(composer, value)
        case Grammar.RECEIVED | Grammar.OTHER:
            write_commented(composer, tokens(value))
        case Grammar.ADDRESSES | Grammar.PHRASES:
            write_list(composer, value, address_path(aliases))
        case _:
            write_list(composer, value, _PATHS[grammar])
