"""SORT and THREAD as clients write them (RFC 5256 5, RFC 5957 5, RFC 6203 7, RFC 5267 5).

ABNF, as read here::

    sort   = [SP return-opts] SP "(" ["REVERSE" SP] sort-key *(SP …) ")" SP charset SP search-key *(SP search-key)
    thread = SP algorithm SP charset SP search-key *(SP search-key)
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.search import Program, sort_program
from gateway.imap.wire.search_returns import Returns, return_options

MAX_CRITERIA: Final = 20


class SortKey(Enum):
    """By what. The value is its name in commands."""

    ARRIVAL = b"ARRIVAL"
    CC = b"CC"
    DATE = b"DATE"
    DISPLAY_FROM = b"DISPLAYFROM"
    DISPLAY_TO = b"DISPLAYTO"
    FROM = b"FROM"
    RELEVANCY = b"RELEVANCY"
    SIZE = b"SIZE"
    SUBJECT = b"SUBJECT"
    TO = b"TO"


@dataclass(frozen=True, slots=True)
class SortBy:
    """One criterion."""

    key: SortKey
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class SortArguments:
    """Of SORT and UID SORT."""

    criteria: tuple[SortBy, ...]
    program: Program
    returns: Returns | None


class ThreadAlgorithm(Enum):
    """The value is its name in commands."""

    ORDERED_SUBJECT = b"ORDEREDSUBJECT"
    REFERENCES = b"REFERENCES"
    REFS = b"REFS"


@dataclass(frozen=True, slots=True)
class ThreadArguments:
    """Of THREAD and UID THREAD."""

    algorithm: ThreadAlgorithm
    program: Program


def sort_arguments(scanner: Scanner) -> SortArguments:
    """Raises BadSyntax, Refusal."""
    returns = return_options(scanner)
    scanner.space()
    criteria = scanner.listed(lambda: _criterion(scanner))
    if len(criteria) > MAX_CRITERIA:
        raise BadSyntax(f"SORT takes at most {MAX_CRITERIA} criteria")
    scanner.space()
    return SortArguments(criteria, sort_program(scanner), returns)


def thread_arguments(scanner: Scanner) -> ThreadArguments:
    """Raises BadSyntax, Refusal."""
    scanner.space()
    name = scanner.keyword("an algorithm of threading")
    if name not in _ALGORITHMS:
        raise BadSyntax(f"{name.decode()} is no algorithm of this server: ORDEREDSUBJECT, REFERENCES or REFS")
    scanner.space()
    return ThreadArguments(_ALGORITHMS[name], sort_program(scanner))


def _criterion(scanner: Scanner) -> SortBy:
    reverse = scanner.skip(b"REVERSE ")
    name = scanner.keyword("a sort key")
    if name not in _KEYS:
        raise BadSyntax(f"{name.decode()} is no sort key of this server")
    return SortBy(_KEYS[name], reverse)


_ALGORITHMS: Final = {each.value: each for each in ThreadAlgorithm}
_KEYS: Final = {each.value: each for each in SortKey}
