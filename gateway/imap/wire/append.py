r"""The arguments of APPEND and REPLACE, read while they arrive: faults are known before a message is sent.

ABNF, as read here (RFC 9051 6.3.12, RFC 3502, RFC 4466 2.4, RFC 4469 5, RFC 9755 4, RFC 8508 5)::

    append         = "APPEND" SP mailbox 1*append-message
    replace        = ["UID" SP] "REPLACE" SP seq-number SP mailbox append-message
    append-message = [SP flag-list] [SP date-time] SP append-data
    append-data    = literal / literal8 / "UTF8" SP "(" literal8 ")" / "CATENATE" SP "(" cat-part *(SP cat-part) ")"
    cat-part       = "TEXT" SP (literal / literal8) / "URL" SP astring
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from gateway.imap.wire.date_time import parse_date_time
from gateway.imap.wire.flags import flag_list
from gateway.imap.wire.names import mailbox_name
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.sets import STAR
from gateway.mail.units import Timestamp
from gateway.store.flags import Flags


class Awaited(Enum):
    """A literal was announced and has to be here before it goes on."""

    ARGUMENT = auto()
    """A name or a URL: to be kept with the command."""
    MESSAGE = auto()
    """A whole message."""
    TEXT = auto()
    """A part of one (RFC 4469)."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The message that makes room for the new one: a message number or a UID, or STAR."""

    number: int


@dataclass(frozen=True, slots=True)
class Target:
    """The mailbox, by its name."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class Begin:
    """A message comes."""

    flags: Flags = Flags()
    received: Timestamp | None = None
    utf8: bool = False
    """UTF8 stands before it: its header may be in UTF-8 (RFC 9755 4)."""


@dataclass(frozen=True, slots=True)
class Url:
    """The next part of the message is what this names, undecoded (RFC 5092)."""

    url: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The message is complete."""


Step = Awaited | Replaced | Target | Begin | Url | End
Steps = Iterator[Step]
"""Whoever was told of something Awaited calls `Scanner.extend` before it asks for the next step."""


def append(scanner: Scanner) -> Steps:
    """One message or many, up to the end of the command. Raises BadSyntax."""
    yield from _target(scanner)
    yield from _message(scanner)
    while not scanner.at_end:
        yield from _message(scanner)


def replace(scanner: Scanner) -> Steps:
    """One message. Raises BadSyntax."""
    scanner.space()
    yield Replaced(STAR if scanner.skip(b"*") else scanner.nz_number("a message number"))
    yield from _target(scanner)
    yield from _message(scanner)
    scanner.end()


def _target(scanner: Scanner) -> Steps:
    scanner.space()
    yield from _argument(scanner)
    yield Target(mailbox_name(scanner))


def _argument(scanner: Scanner) -> Steps:
    if scanner.at_end:
        yield Awaited.ARGUMENT


def _message(scanner: Scanner) -> Steps:
    scanner.space()
    flags, received = Flags(), None
    if scanner.peek(b"("):
        flags = flag_list(scanner)
        scanner.space()
    if scanner.peek(b'"'):
        received = parse_date_time(scanner.string("a date-time"))
        scanner.space()
    if scanner.word(b"CATENATE"):
        yield Begin(flags, received)
        yield from _parts(scanner)
    elif scanner.word(b"UTF8"):
        scanner.take(b" (")
        yield Begin(flags, received, utf8=True)
        yield from _literal(scanner, Awaited.MESSAGE)
        scanner.take(b")")
    else:
        yield Begin(flags, received)
        yield from _literal(scanner, Awaited.MESSAGE)
    yield End()


def _parts(scanner: Scanner) -> Steps:
    scanner.take(b" (")
    yield from _part(scanner)
    while scanner.skip(b" "):
        yield from _part(scanner)
    scanner.take(b")")


def _part(scanner: Scanner) -> Steps:
    if scanner.word(b"TEXT"):
        scanner.space()
        yield from _literal(scanner, Awaited.TEXT)
    elif scanner.word(b"URL"):
        scanner.space()
        yield from _argument(scanner)
        yield Url(scanner.astring("a URL"))
    else:
        raise scanner.expected("TEXT or URL")


def _literal(scanner: Scanner, what: Awaited) -> Steps:
    if scanner.at_end:
        yield what
    if scanner.any_literal("a literal").octets is not None:
        raise BadSyntax("a message comes in a literal of its own")
