"""What STORE is given (RFC 9051 9 store, RFC 4466 2.5, RFC 7162 7 store-modifier).

ABNF, as read here::

    store       = SP sequence-set [SP "(" "UNCHANGEDSINCE" SP mod-sequence ")"] SP item SP (flag-list / flag *(SP flag))
    item        = ["+" / "-"] "FLAGS" [".SILENT"]
"""

from dataclasses import dataclass
from typing import Final

from gateway.imap.wire.flags import flag_list, flags_of
from gateway.imap.wire.scanner import Scanner
from gateway.imap.wire.sets import SequenceSet
from gateway.store.flags import Flags, How
from gateway.store.model import ModSeq

_ITEMS: Final = {b"FLAGS": How.REPLACE, b"+FLAGS": How.ADD, b"-FLAGS": How.REMOVE}
_SILENT: Final = b".SILENT"


@dataclass(frozen=True, slots=True)
class Store:
    """Flags to be set."""

    messages: SequenceSet
    how: How
    flags: Flags
    silent: bool = False
    unchanged_since: ModSeq | None = None


def store(scanner: Scanner) -> Store:
    """From the space behind the command's name."""
    scanner.space()
    messages = scanner.sequence_set()
    scanner.space()
    since = None
    if scanner.peek(b"("):
        since = _unchanged_since(scanner)
        scanner.space()
    item = scanner.keyword("FLAGS, +FLAGS or -FLAGS")
    how = _ITEMS.get(item.removesuffix(_SILENT))
    if how is None:
        raise scanner.expected("FLAGS, +FLAGS or -FLAGS before this,")
    scanner.space()
    return Store(messages, how, _flags(scanner), item.endswith(_SILENT), since)


def _unchanged_since(scanner: Scanner) -> ModSeq:
    scanner.open()
    scanner.take(b"UNCHANGEDSINCE")
    scanner.space()
    since = ModSeq(scanner.number64("a mod-sequence"))
    scanner.close()
    return since


def _flags(scanner: Scanner) -> Flags:
    if scanner.peek(b"("):
        return flag_list(scanner)
    found = [scanner.flag()]
    while scanner.skip(b" "):
        found.append(scanner.flag())
    return flags_of(found)
