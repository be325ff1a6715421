"""ESEARCH as clients write it (RFC 7377 4).

ABNF, as read here::

    esearch             = "ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program
    esearch-source-opts = "IN" SP "(" filter-mailboxes *(SP filter-mailboxes) ")"
"""

from dataclasses import dataclass
from typing import Final

from gateway.imap.wire.mailbox_filter import MailboxFilter, Which, mailbox_filter
from gateway.imap.wire.scanner import Scanner
from gateway.imap.wire.search import Program, search_program
from gateway.imap.wire.search_returns import EVERYTHING, Returns, return_options

SELECTED_ALONE: Final[tuple[MailboxFilter, ...]] = (MailboxFilter(Which.SELECTED),)
SOURCES: Final = frozenset(Which) - {Which.SELECTED_DELAYED}


@dataclass(frozen=True, slots=True)
class EsearchArguments:
    """Of ESEARCH."""

    sources: tuple[MailboxFilter, ...]
    returns: Returns
    program: Program


def esearch_arguments(scanner: Scanner) -> EsearchArguments:
    """Raises BadSyntax, Refusal."""
    sources = SELECTED_ALONE
    if scanner.skip(b" IN "):
        sources = scanner.listed(lambda: mailbox_filter(scanner, SOURCES))
    returns = return_options(scanner) or EVERYTHING
    scanner.space()
    return EsearchArguments(sources, returns, search_program(scanner))
