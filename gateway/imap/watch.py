"""What a session is to be told of at any time, and what it was told (NOTIFY, RFC 5465)."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.imap.access import Key, Located, known_form
from gateway.imap.wire.fetch import Item
from gateway.imap.wire.mailbox_filter import Which
from gateway.imap.wire.notify import MESSAGES, Event, Notify
from gateway.mailbox.spans import Span
from gateway.store.model import MailboxId, ModSeq
from gateway.store.names import SEPARATOR

NOWHERE: Final = (AccountId(0), MailboxId(0))
"""The key of annotations of the account itself."""
Entries = Mapping[str, int]
"""Names of annotations, with a hash of what each says."""

Show = Callable[[tuple[Span, ...], tuple[Item, ...]], Coroutine[object, object, None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """All names that a session can list, as they were at a moment."""

    mailboxes: Mapping[Key, Located]
    subscribed: frozenset[str]

    def name(self, key: Key) -> str:
        """Empty: there is none."""
        located = self.mailboxes.get(key)
        return "" if located is None else located.name


@dataclass
class Watch:
    """From NOTIFY to the next one."""

    asked: Notify
    account: AccountId
    picture: Picture
    at: dict[AccountId, ModSeq] = field(default_factory=dict)
    """Up to where the feeds were told of."""
    entries: dict[Key, Entries] = field(default_factory=dict)
    """Annotations that the client may have been told of."""
    ends: dict[AccountId, Callable[[], None]] = field(default_factory=dict)
    """What ends the hints."""
    stirred: bool = True
    """Something may have happened since the last time."""
    show: Show | None = None
    """Fetches these items of the messages at these positions of the selected mailbox."""

    def __post_init__(self) -> None:
        groups = self.asked.others
        self._named = [(group, tuple(map(known_form, group.mailboxes.names))) for group in groups]

    @property
    def wanted(self) -> frozenset[Event]:
        """Events of any mailbox that is not selected."""
        return frozenset(event for group in self.asked.others for event in group.events)

    @property
    def selected(self) -> frozenset[Event]:
        """Events of the selected mailbox."""
        group = self.asked.selected
        return frozenset() if group is None else group.events

    @property
    def immediate(self) -> bool:
        """What is expunged is told at once, whatever message numbers mean then (RFC 5465 5.3)."""
        group = self.asked.selected
        return group is not None and group.mailboxes.which is Which.SELECTED

    def events(self, located: Located) -> frozenset[Event]:
        """Of a mailbox that is not selected."""
        fitting = (group for group, names in self._named if self._fits(group.mailboxes.which, names, located))
        return frozenset(event for group in fitting for event in group.events)

    def of_name(self, name: str) -> frozenset[Event]:
        """Of a name that is no mailbox."""
        fitting = (group for group, names in self._named if _fits_name(group.mailboxes.which, names, name))
        return frozenset(event for group in fitting for event in group.events)

    def messages_of(self, keys: Iterable[Key]) -> list[Key]:
        """Those of whose messages something is told."""
        known = self.picture.mailboxes
        return [key for key in keys if key in known and self.events(known[key]) & MESSAGES]

    def close(self) -> None:
        """Nothing is told any more. Safe to call twice."""
        while self.ends:
            self.ends.popitem()[1]()

    def _fits(self, which: Which, names: tuple[str, ...], located: Located) -> bool:
        match which:
            case Which.PERSONAL | Which.INBOXES:
                # Mail may be delivered into any (subaddresses): then RFC 5465 6.3 wants these to be the same.
                return located.mail.account == self.account
            case Which.SUBSCRIBED:
                return located.name in self.picture.subscribed
            case _:
                return _fits_name(which, names, located.name)


def _fits_name(which: Which, names: tuple[str, ...], name: str) -> bool:
    match which:
        case Which.MAILBOXES:
            return name in names
        case Which.SUBTREE:
            return any(name == top or name.startswith(top + SEPARATOR) for top in names)
        case _:
            return True
