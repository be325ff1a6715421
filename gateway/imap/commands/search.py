"""SEARCH and UID SEARCH (RFC 9051 6.4.4, 6.4.9), with what extends them: RFC 4731, RFC 5032, RFC 5182, RFC 5267 4,
RFC 5466, RFC 6203, RFC 9394 3.1."""

from dataclasses import dataclass
from typing import Final

from gateway.imap.registry import Capability, Extension, News, When, command, logged_in
from gateway.imap.search.asked import Asked, answered
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion
from gateway.imap.wire.scanner import Scanner
from gateway.imap.wire.search import Program, search_program
from gateway.imap.wire.search_returns import EVERYTHING, Returns, return_options


@dataclass(frozen=True, slots=True)
class Search:
    """The arguments."""

    program: Program
    returns: Returns | None


def _parse(scanner: Scanner) -> Search:
    returns = return_options(scanner)
    scanner.space()
    return Search(search_program(scanner), returns)


async def _search(session: Session, arguments: Search) -> Completion:
    return await answered(session, _asked(session, arguments, uid=False))


async def _uid_search(session: Session, arguments: Search) -> Completion:
    return await answered(session, _asked(session, arguments, uid=True))


def _asked(session: Session, arguments: Search, *, uid: bool) -> Asked:
    """IMAP4rev2 knows ESEARCH alone."""
    returns = EVERYTHING if arguments.returns is None and session.rev2 else arguments.returns
    return Asked(arguments.program, returns, uid)


NAMES: Final = ("ESEARCH", "SEARCHRES", "WITHIN", "FILTERS", "SEARCH=FUZZY", "PARTIAL", "INPROGRESS", "CONTEXT=SEARCH")

EXTENSION: Final = Extension(
    commands=(
        command("SEARCH", _parse, _search, When.SELECTED, News.NO_EXPUNGES),
        command("UID SEARCH", _parse, _uid_search, When.SELECTED),
    ),
    capabilities=tuple(Capability(name, logged_in) for name in NAMES),
)
