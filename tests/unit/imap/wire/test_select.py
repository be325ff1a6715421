"""Arguments of SELECT (RFC 9051 9, RFC 7162 7)."""

import pytest

from gateway.imap.wire.framing import Piece
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.imap.wire.select import Known, Matches, Select, select
from gateway.store.model import ModSeq, UidValidity
from gateway.store.uids import UidSet


def read(text: bytes) -> Select:
    scanner = Scanner((Piece(text),), utf8=False)
    found = select(scanner)
    scanner.end()
    return found


def test_a_name_alone() -> None:
    assert read(b' "Old mail"') == Select("Old mail")


def test_condstore() -> None:
    assert read(b" INBOX (condstore)") == Select("INBOX", condstore=True)


def test_what_a_client_remembers() -> None:
    known = Known(UidValidity(67890007), ModSeq(90060115194045000))
    assert read(b" INBOX (QRESYNC (67890007 90060115194045000))").known == known


def test_with_uids_and_numbers() -> None:
    found = read(b" INBOX (CONDSTORE QRESYNC (7 20 41,43:211,214:541 (1:2,5 41,43:44)))")
    matches = Matches(UidSet(((1, 2), (5, 5))), UidSet(((41, 41), (43, 44))))
    uids = UidSet(((41, 41), (43, 211), (214, 541)))
    assert found == Select("INBOX", condstore=True, known=Known(UidValidity(7), ModSeq(20), uids, matches))


def test_with_numbers_and_without_uids() -> None:
    known = read(b" INBOX (QRESYNC (7 20 (1 41)))").known
    assert known is not None
    assert known.uids is None
    assert known.matches == Matches(UidSet(((1, 1),)), UidSet(((41, 41),)))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b" INBOX ",
        b" INBOX ()",
        b" INBOX (FOO)",
        b" INBOX (CONDSTORE",
        b" INBOX (CONDSTORE CONDSTORE)",
        b" INBOX (QRESYNC)",
        b" INBOX (QRESYNC ())",
        b" INBOX (QRESYNC (1))",
        b" INBOX (QRESYNC (0 1))",
        b" INBOX (QRESYNC (1 0))",
        b" INBOX (QRESYNC (1 9223372036854775808))",
        b" INBOX (QRESYNC (4294967296 1))",
        b" INBOX (QRESYNC (1 1 1:*))",
        b" INBOX (QRESYNC (1 1 $))",
        b" INBOX (QRESYNC (1 1 0))",
        b" INBOX (QRESYNC (1 1 1:2 (1:2 1:3)))",
        b" INBOX (QRESYNC (1 1 1:2 (1:2)))",
        b" INBOX (QRESYNC (1 1 1:2 (1:* 1:*)))",
        b" INBOX (QRESYNC (1 1 1:2 (1 1) 3))",
        b" INBOX (QRESYNC (1 1) QRESYNC (1 1))",
    ],
)
def test_what_is_none(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(text)


def test_sets_that_are_huge_cost_nothing() -> None:
    known = read(b" INBOX (QRESYNC (1 1 1:4294967295 (1:4294967295 1:4294967295)))").known
    assert known is not None
    assert known.matches is not None
    assert len(known.matches.uids) == (1 << 32) - 1
