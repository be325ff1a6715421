"""What SELECT and EXAMINE are given (RFC 9051 9, RFC 4466 2.1, RFC 7162 7).

ABNF, as read here::

    select         = SP mailbox [SP "(" select-param *(SP select-param) ")"]
    select-param   = "CONDSTORE" / "QRESYNC" SP "(" nz-number SP mod-sequence [SP known-uids] [SP seq-match-data] ")"
    seq-match-data = "(" sequence-set SP sequence-set ")"      ; of the same length, without "*"
"""

from dataclasses import dataclass

from gateway.imap.wire.names import mailbox_argument
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.sets import SequenceSet
from gateway.store.model import ModSeq, UidValidity
from gateway.store.uids import UidSet


@dataclass(frozen=True, slots=True)
class Matches:
    """Message numbers of a client, and which UIDs it knows them by: `numbers` and `uids` belong together one by one."""

    numbers: UidSet
    uids: UidSet


@dataclass(frozen=True, slots=True)
class Known:
    """What a client remembers of a mailbox (RFC 7162 3.2.5)."""

    uidvalidity: UidValidity
    modseq: ModSeq
    uids: UidSet | None = None
    """None: all that there may have been."""
    matches: Matches | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """A mailbox to be opened."""

    name: str
    condstore: bool = False
    known: Known | None = None


def select(scanner: Scanner) -> Select:
    """With its parameters, each once."""
    name = mailbox_argument(scanner)
    if not scanner.skip(b" "):
        return Select(name)
    params = scanner.listed(lambda: _param(scanner))
    known = [param for param in params if param is not None]
    if len(known) > 1 or len(params) - len(known) > 1:
        raise BadSyntax("a parameter is given once")
    return Select(name, None in params, known[0] if known else None)


def _param(scanner: Scanner) -> Known | None:
    """None: CONDSTORE."""
    if scanner.word(b"CONDSTORE"):
        return None
    if not scanner.word(b"QRESYNC"):
        raise scanner.expected("CONDSTORE or QRESYNC")
    scanner.space()
    scanner.open()
    uidvalidity = UidValidity(scanner.nz_number("a UIDVALIDITY"))
    scanner.space()
    modseq = ModSeq(scanner.number64("a mod-sequence"))
    if not modseq:
        raise BadSyntax("a mod-sequence is over 0")
    uids, matches = None, None
    if scanner.skip(b" "):
        if not scanner.peek(b"("):
            uids = _known(scanner, "the known UIDs")
        if uids is None or scanner.skip(b" "):
            matches = _matches(scanner)
    scanner.close()
    return Known(uidvalidity, modseq, uids, matches)


def _matches(scanner: Scanner) -> Matches:
    scanner.open()
    numbers = _known(scanner, "the known message numbers")
    scanner.space()
    uids = _known(scanner, "the known UIDs")
    scanner.close()
    if len(numbers) != len(uids):
        raise BadSyntax("there are as many known message numbers as UIDs for them")
    return Matches(numbers, uids)


def _known(scanner: Scanner, what: str) -> UidSet:
    wanted: SequenceSet = scanner.sequence_set()
    if wanted.saved or wanted.ends:
        raise BadSyntax(f"{what} are numbers, without * and $")
    return wanted.numbers
