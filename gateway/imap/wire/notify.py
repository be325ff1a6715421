"""NOTIFY: what a client wants to be told of at any time (RFC 5465 8).

ABNF, as read here::

    notify      = SP ("NONE" / "SET" [SP "STATUS"] SP event-group *(SP event-group))
    event-group = "(" filter-mailboxes SP events ")"
    events      = "NONE" / "(" event *(SP event) ")"
    event       = "MessageNew" [SP "(" fetch-att *(SP fetch-att) ")"] / atom
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateway.imap.wire.completion import refused
from gateway.imap.wire.fetch import Item, item
from gateway.imap.wire.mailbox_filter import MailboxFilter, Which, mailbox_filter
from gateway.imap.wire.scanner import BadSyntax, Scanner

MAX_GROUPS: Final = 100


class Event(Enum):
    """What can be told of. Messages have no annotations here (RFC 5257): AnnotationChange is none."""

    MESSAGE_NEW = "MessageNew"
    MESSAGE_EXPUNGE = "MessageExpunge"
    FLAG_CHANGE = "FlagChange"
    MAILBOX_NAME = "MailboxName"
    SUBSCRIPTION_CHANGE = "SubscriptionChange"
    MAILBOX_METADATA_CHANGE = "MailboxMetadataChange"
    SERVER_METADATA_CHANGE = "ServerMetadataChange"


MESSAGES: Final = frozenset({Event.MESSAGE_NEW, Event.MESSAGE_EXPUNGE, Event.FLAG_CHANGE})
_PAIR: Final = frozenset({Event.MESSAGE_NEW, Event.MESSAGE_EXPUNGE})
_EVENTS: Final = {event.value.upper().encode(): event for event in Event}


_MAILBOXES: Final = frozenset(Which) - {Which.SUBTREE_ONE}
_SELECTED: Final = frozenset({Which.SELECTED, Which.SELECTED_DELAYED})


@dataclass(frozen=True, slots=True)
class Group:
    """Events of some mailboxes."""

    mailboxes: MailboxFilter
    events: frozenset[Event]
    items: tuple[Item, ...] = ()
    """What to fetch of a new message."""

    @property
    def of_selected(self) -> bool:
        """It is about the selected mailbox, whichever that is."""
        return self.mailboxes.which in _SELECTED


@dataclass(frozen=True, slots=True)
class Notify:
    """No groups: NONE."""

    groups: tuple[Group, ...] = ()
    status: bool = False
    """STATUS responses are wanted at once."""

    @property
    def selected(self) -> Group | None:
        """For the selected mailbox."""
        return next((group for group in self.groups if group.of_selected), None)

    @property
    def others(self) -> tuple[Group, ...]:
        """For mailboxes that are not selected."""
        return tuple(group for group in self.groups if not group.of_selected)


def notify(scanner: Scanner) -> Notify:
    """Raises BadSyntax, Refusal (NO [BADEVENT])."""
    scanner.space()
    if scanner.word(b"NONE"):
        return Notify()
    if not scanner.word(b"SET"):
        raise scanner.expected("SET or NONE")
    scanner.space()
    status = scanner.word(b"STATUS")
    if status:
        scanner.space()
    groups = [_group(scanner)]
    while scanner.skip(b" "):
        groups.append(_group(scanner))
        if len(groups) > MAX_GROUPS:
            raise BadSyntax(f"no more than {MAX_GROUPS} groups of events")
    if sum(group.of_selected for group in groups) > 1:
        raise BadSyntax("the selected mailbox is named once: SELECTED or SELECTED-DELAYED")
    return Notify(tuple(groups), status)


def _group(scanner: Scanner) -> Group:
    scanner.open()
    mailboxes = mailbox_filter(scanner, _MAILBOXES)
    scanner.space()
    found: list[tuple[Event, tuple[Item, ...]]] = []
    if not scanner.word(b"NONE"):
        found = list(scanner.listed(lambda: _event(scanner)))
    scanner.close()
    items = tuple(item for _, items in found for item in items)
    return _checked(Group(mailboxes, frozenset(event for event, _ in found), items))


def _event(scanner: Scanner) -> tuple[Event, tuple[Item, ...]]:
    event = _EVENTS.get(scanner.keyword("an event"))
    if event is None:
        known = " ".join(each.value for each in Event)
        raise refused("there are other events than that", f"BADEVENT ({known})".encode())
    items: tuple[Item, ...] = ()
    if event is Event.MESSAGE_NEW and scanner.peek(b" ("):
        scanner.space()
        items = tuple(dict.fromkeys(scanner.listed(lambda: item(scanner))))
    return event, items


def _checked(group: Group) -> Group:
    """RFC 5465 5, 6.1. Raises BadSyntax."""
    events = group.events
    if (events & MESSAGES) and not events >= _PAIR:
        raise BadSyntax("MessageNew and MessageExpunge go together, and FlagChange with both")
    if group.of_selected and events - MESSAGES:
        raise BadSyntax("of the selected mailbox, messages alone are told of")
    if group.items and not group.of_selected:
        raise BadSyntax("new messages are fetched of the selected mailbox alone")
    return group
