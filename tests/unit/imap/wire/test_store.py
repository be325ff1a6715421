"""Arguments of STORE (RFC 9051 9, RFC 7162 7)."""

import pytest

from gateway.imap.wire.framing import Piece
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.sets import SAVED, SequenceSet
from gateway.imap.wire.store import Store, store
from gateway.store.flags import Flags, How, System
from gateway.store.model import ModSeq


def read(text: bytes) -> Store:
    scanner = Scanner((Piece(text),), utf8=False)
    found = store(scanner)
    scanner.end()
    return found


@pytest.mark.parametrize(
    ("item", "how", "silent"),
    [
        (b"FLAGS", How.REPLACE, False),
        (b"+FLAGS", How.ADD, False),
        (b"-flags", How.REMOVE, False),
        (b"flags.silent", How.REPLACE, True),
        (b"+FLAGS.SILENT", How.ADD, True),
        (b"-Flags.Silent", How.REMOVE, True),
    ],
)
def test_what_is_done(item: bytes, how: How, silent: bool) -> None:
    found = read(b" 1:3,5 %b (\\Seen $Forwarded)" % item)
    flags = Flags(System.SEEN, frozenset({"$Forwarded"}))
    assert found == Store(SequenceSet.parse(b"1:3,5"), how, flags, silent)


def test_flags_without_parentheses() -> None:
    assert read(b" $ +FLAGS \\Deleted work") == Store(SAVED, How.ADD, Flags(System.DELETED, frozenset({"work"})))


def test_no_flags_at_all() -> None:
    assert read(b" * FLAGS ()").flags == Flags()


def test_a_condition() -> None:
    found = read(b" 7,3:9 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)")
    assert found.unchanged_since == ModSeq(12121230045)
    assert read(b" 1 (unchangedsince 0) FLAGS ()").unchanged_since == 0


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" 1",
        b" 1 FLAGS",
        b" 1 FLAGS ",
        b" 0 FLAGS ()",
        b" 1 FLAG ()",
        b" 1 ++FLAGS ()",
        b" 1 FLAGS.SILENTLY ()",
        b" 1 FLAGS (\\Seen",
        b" 1 FLAGS (\\Foo)",
        b" 1 FLAGS (\\Recent)",
        b" 1 FLAGS (a]b)",
        b" 1 FLAGS (a) b",
        b" 1 () FLAGS (a)",
        b" 1 (UNCHANGEDSINCE) FLAGS (a)",
        b" 1 (UNCHANGEDSINCE -1) FLAGS (a)",
        b" 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) FLAGS (a)",
        b" 1 (CHANGEDSINCE 1) FLAGS (a)",
    ],
)
def test_what_is_none(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(text)
