"""Arguments of NOTIFY (RFC 5465 8)."""

import pytest

from gateway.imap.wire.completion import Refusal
from gateway.imap.wire.fetch import Fact
from gateway.imap.wire.framing import Piece
from gateway.imap.wire.mailbox_filter import MailboxFilter, Which
from gateway.imap.wire.notify import MAX_GROUPS, Event, Group, Notify, notify
from gateway.imap.wire.scanner import BadSyntax, Scanner

NEW_AND_GONE = frozenset({Event.MESSAGE_NEW, Event.MESSAGE_EXPUNGE})


def read(text: bytes) -> Notify:
    scanner = Scanner((Piece(text),), utf8=False)
    found = notify(scanner)
    scanner.end()
    return found


def test_none() -> None:
    assert read(b" none") == Notify()


def test_groups() -> None:
    found = read(
        b" SET STATUS (Selected (MessageNew (UID FLAGS) MessageExpunge)) (subtree (Lists Old) (MailboxName))"
        b" (mailboxes inbox (messagenew messageexpunge flagchange)) (personal NONE) (subscribed (SubscriptionChange))"
    )
    assert found.status
    assert found.groups == (
        Group(MailboxFilter(Which.SELECTED), NEW_AND_GONE, (Fact.UID, Fact.FLAGS)),
        Group(MailboxFilter(Which.SUBTREE, ("Lists", "Old")), frozenset({Event.MAILBOX_NAME})),
        Group(MailboxFilter(Which.MAILBOXES, ("inbox",)), NEW_AND_GONE | {Event.FLAG_CHANGE}),
        Group(MailboxFilter(Which.PERSONAL), frozenset()),
        Group(MailboxFilter(Which.SUBSCRIBED), frozenset({Event.SUBSCRIPTION_CHANGE})),
    )
    assert found.selected == found.groups[0]
    assert found.others == found.groups[1:]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b" NONE x",
        b" SET",
        b" SET STATUS",
        b" SET ()",
        b" SET (personal)",
        b" SET (personal ())",
        b" SET (personal MessageNew)",
        b" SET (personal (MessageNew))",
        b" SET (personal (MessageExpunge))",
        b" SET (personal (FlagChange))",
        b" SET (personal (MessageNew (UID) MessageExpunge))",
        b" SET (selected (MessageNew () MessageExpunge))",
        b" SET (selected (MessageNew (NOTHING) MessageExpunge))",
        b" SET (selected (MailboxName))",
        b" SET (selected NONE) (selected-delayed NONE)",
        b" SET (mailboxes NONE)",
        b" SET (mailboxes () NONE)",
        b" SET (foo NONE)",
        b" SET (subtree-one Lists NONE)",
        b" SET (personal NONE)" + b" (personal NONE)" * MAX_GROUPS,
    ],
)
def test_what_is_none(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(text)


@pytest.mark.parametrize("event", [b"AnnotationChange", b"Foo"])
def test_events_that_there_are_not(event: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read(b" SET (personal (%b))" % event)
    assert caught.value.completion.code.startswith(b"BADEVENT (MessageNew MessageExpunge")
