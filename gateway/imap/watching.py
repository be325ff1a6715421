"""Tells a session what NOTIFY asked for (RFC 5465 5): of mailboxes that are not selected, of names, subscriptions and
annotations. What happened is read from the accounts' feeds; what became of it, from the store."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.imap.access import Key, Located
from gateway.imap.listing import Names, Shown
from gateway.imap.session import Session
from gateway.imap.standing import status_response
from gateway.imap.watch import NOWHERE, Entries, Picture, Watch
from gateway.imap.wire import strings
from gateway.imap.wire.listing import Listing, Row, Wanted
from gateway.imap.wire.mailbox_filter import Which
from gateway.imap.wire.notify import MESSAGES, Event, Notify
from gateway.imap.wire.status import Item, Items
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import Change, ChangeKind
from gateway.store.names import INBOX, SEPARATOR
from gateway.store.protocol.feed import HistoryLost
from gateway.store.protocol.store import Mail

MAX_ANNOTATED: Final = 2_000
"""Mailboxes whose annotations are watched."""
_MESSAGES: Final = {
    ChangeKind.ARRIVED: Event.MESSAGE_NEW,
    ChangeKind.EXPUNGED: Event.MESSAGE_EXPUNGE,
    ChangeKind.FLAGS: Event.FLAG_CHANGE,
}
_NAMES: Final = frozenset({ChangeKind.MAILBOX, ChangeKind.MAILBOX_GONE})
_LISTED: Final = Listing(frozenset(), b"", (), Wanted(subscribed=True), extended=True)


class TooMuch(Exception):
    """More is asked for than is watched."""


async def watch(session: Session, asked: Notify) -> Watch:
    """Begin. Raises TooMuch, StoreUnavailable."""
    account = session.mail.account
    begun = Watch(asked, account, Picture({}, frozenset()))
    if not begun.wanted:
        return begun
    # Hints first, then the moment, then what there is: what happens in between is told twice, or seen already.
    try:
        await _look(session, begun)
        await _annotations(session, begun)
    except BaseException:
        begun.close()
        raise
    return begun


async def _look(session: Session, watched: Watch) -> None:
    """See which mailboxes there are, and follow the feeds of their owners."""
    located = await session.mail.all()
    for mail in {each.mail.account: each.mail for each in located}.values():
        if mail.account not in watched.ends:
            watched.ends[mail.account] = session.service.store.hints.watch(
                mail.account, lambda _at: _stir(session, watched)
            )
            watched.at[mail.account] = await mail.feed.at()
    watched.picture = await _picture(session)


def _stir(session: Session, watched: Watch) -> None:
    watched.stirred = True
    session.wake()


async def _picture(session: Session) -> Picture:
    located = await session.mail.all()
    known = {each.key: each for each in located if each.mailbox.selectable}
    return Picture(known, frozenset(await session.mail.subscriptions()))


async def tell_standing(session: Session, watched: Watch) -> None:
    """What NOTIFY SET is answered with: STATUS, and mailboxes that cannot be read (RFC 5465 3.1)."""
    for key, located in watched.picture.mailboxes.items():
        events = watched.events(located) & MESSAGES
        if events and "r" not in located.rights:
            row = Row(located.name, (b"\\NoAccess",))
            session.output.untagged(row.wire(utf8=session.utf8))
        elif events and watched.asked.status and not _is_selected(session, key):
            items = {Item.MESSAGES, Item.UIDNEXT, Item.UIDVALIDITY}
            if Event.FLAG_CHANGE in events:
                items.add(Item.HIGHESTMODSEQ)
            await _status(session, located, frozenset(items))
        await session.output.breathe()


async def tell_others(session: Session, watched: Watch, *, own: bool) -> None:
    """All that happened since the last time. `own`: the session itself has changed names, subscriptions or annotations.

    Raises StoreUnavailable.
    """
    if not watched.wanted:
        return
    watched.stirred = False
    try:
        changes = {account: await _changes(session, watched, account) for account in tuple(watched.at)}
    except HistoryLost:
        watched.close()
        session.watch = Watch(Notify(), watched.account, Picture({}, frozenset()))
        session.output.untagged(b"OK [NOTIFICATIONOVERFLOW] too much has happened: nothing is told any more")
        return
    names, annotated, messages = _sorted(changes)
    if names:
        await _tell_names(session, watched, own=own)
    for key in annotated:
        await _tell_annotations(session, watched, key, own=own)
    await _tell_messages(session, watched, messages)


async def _changes(session: Session, watched: Watch, account: AccountId) -> list[Change]:
    mail = session.service.store.mail(account)
    found: list[Change] = []
    more = True
    while more:
        changes = await mail.feed.since(watched.at[account])
        found += changes.changes
        watched.at[account], more = changes.at, changes.more
        await session.output.breathe()
    return found


def _sorted(changes: Mapping[AccountId, Sequence[Change]]) -> tuple[bool, list[Key], dict[Key, set[Event]]]:
    """Whether names may have changed, whose annotations, and what happened to messages."""
    names = False
    annotated: dict[Key, None] = {}
    messages: defaultdict[Key, set[Event]] = defaultdict(set)
    for account, some in changes.items():
        for change in some:
            key = (account, change.mailbox) if change.mailbox is not None else NOWHERE
            if change.kind in _NAMES:
                names = True
            elif change.kind is ChangeKind.ANNOTATION:
                annotated[key] = None
            elif event := _MESSAGES.get(change.kind):
                messages[key].add(event)
    return names, list(annotated), messages


# Messages


async def _tell_messages(session: Session, watched: Watch, messages: Mapping[Key, set[Event]]) -> None:
    for key in watched.messages_of(messages):
        located = watched.picture.mailboxes[key]
        if not _is_selected(session, key) and "r" in located.rights:
            if items := _items(session, messages[key] & watched.events(located)):
                await _status(session, located, items)
            await session.output.breathe()


def _items(session: Session, events: frozenset[Event] | set[Event]) -> Items:
    """RFC 5465 5.1 to 5.3."""
    items: set[Item] = set()
    if events & {Event.MESSAGE_NEW, Event.MESSAGE_EXPUNGE}:
        items |= {Item.UIDNEXT, Item.MESSAGES}
    if Event.FLAG_CHANGE in events:
        items |= {Item.UIDVALIDITY, Item.UNSEEN}
    if items and session.condstore:
        items.add(Item.HIGHESTMODSEQ)
    return frozenset(items)


async def _status(session: Session, located: Located, items: Items) -> None:
    try:
        now = await located.mail.mailboxes.find(located.mailbox.name)
        fresh = Located(located.mail, now, located.rights, located.name)
        session.output.untagged(await status_response(session.service, fresh, items, utf8=session.utf8))
    except NoSuchMailbox:
        return


def _is_selected(session: Session, key: Key) -> bool:
    selected = session.selected
    return selected is not None and key == selected.located.key


# Names


async def _tell_names(session: Session, watched: Watch, *, own: bool) -> None:
    before = watched.picture
    await _look(session, watched)
    if own:
        return
    names = Names(watched.picture.mailboxes.values(), watched.picture.subscribed, watched.account)
    parents = {located.name: key for key, located in before.mailboxes.items()}
    told: dict[str, None] = {}
    for key in {**before.mailboxes, **watched.picture.mailboxes}:
        old, new = before.name(key), watched.picture.name(key)
        if old != new and not (old and new and _follows(parents, watched.picture, old, new)):
            _tell_name(session, watched, names, told, (old, new))
        await session.output.breathe()
    changed = before.subscribed ^ watched.picture.subscribed
    for name in sorted(changed - told.keys()):
        located = names.known.get(name)
        events = watched.of_name(name) if located is None else watched.events(located)
        # What is not subscribed any more was, when it was asked for.
        if Event.SUBSCRIPTION_CHANGE in events | _of_subscribed(watched):
            session.output.untagged(_row(names, name).wire(utf8=session.utf8))


def _of_subscribed(watched: Watch) -> frozenset[Event]:
    return frozenset(
        event for group in watched.asked.others if group.mailboxes.which is Which.SUBSCRIBED for event in group.events
    )


def _follows(parents: Mapping[str, Key], now: Picture, old: str, new: str) -> bool:
    """It was renamed because one above it was. `parents`: mailboxes by what they were called before."""
    above_old, _, last_old = old.rpartition(SEPARATOR)
    above_new, _, last_new = new.rpartition(SEPARATOR)
    parent = parents.get(above_old)
    return last_old == last_new and parent is not None and now.name(parent) == above_new


def _tell_name(session: Session, watched: Watch, names: Names, told: dict[str, None], change: tuple[str, str]) -> None:
    """One that was created, deleted or renamed. INBOX, whose messages are moved, stays what it is (RFC 5465 5.4)."""
    old, new = change
    if INBOX in change or not any(Event.MAILBOX_NAME in _events(watched, names, name) for name in change if name):
        return
    renamed = bool(old and new)
    affected = [new or old] if renamed else [new or old, (new or old).rpartition(SEPARATOR)[0]]
    for name in affected:
        if name and name not in told:
            told[name] = None
            oldname = old if renamed else None
            row = _row(names, name)
            session.output.untagged(Row(row.name, row.attributes, (), oldname).wire(utf8=session.utf8))


def _events(watched: Watch, names: Names, name: str) -> frozenset[Event]:
    located = names.known.get(name)
    return watched.of_name(name) if located is None else watched.events(located)


def _row(names: Names, name: str) -> Row:
    shown = Shown(name, names.known.get(name), selected=True, childinfo=False)
    return names.row(shown, _LISTED, nonexistent=True)


# Annotations


async def _annotations(session: Session, watched: Watch) -> None:
    """Remember what there is, to tell what goes."""
    if Event.SERVER_METADATA_CHANGE in watched.wanted:
        watched.entries[NOWHERE] = await _entries(session.mail.own, NOWHERE, watched.account)
    keys = [key for key, located in watched.picture.mailboxes.items() if _is_annotated(watched, located)]
    if len(keys) > MAX_ANNOTATED:
        raise TooMuch
    for key in keys:
        mail = watched.picture.mailboxes[key].mail
        watched.entries[key] = await _entries(mail, key, watched.account)
        await session.output.breathe()


def _is_annotated(watched: Watch, located: Located) -> bool:
    return Event.MAILBOX_METADATA_CHANGE in watched.events(located)


async def _entries(mail: Mail, key: Key, viewer: AccountId) -> Entries:
    mailbox = None if key == NOWHERE else key[1]
    return {name: hash(value) for name, value in (await mail.annotations.get(mailbox, viewer)).items()}


async def _tell_annotations(session: Session, watched: Watch, key: Key, *, own: bool) -> None:
    """Names of entries, without values (RFC 5464 4.4.2)."""
    located = watched.picture.mailboxes.get(key)
    if key == NOWHERE:
        wanted, mail, name = Event.SERVER_METADATA_CHANGE in watched.wanted, session.mail.own, ""
    elif located is None:
        return
    else:
        wanted, mail, name = _is_annotated(watched, located), located.mail, located.name
    if not wanted:
        return
    try:
        now = await _entries(mail, key, watched.account)
    except NoSuchMailbox:
        return
    before = watched.entries.get(key, {})
    watched.entries[key] = now
    changed = sorted(entry for entry in {**before, **now} if before.get(entry) != now.get(entry))
    if changed and not own:
        entries = b" ".join(strings.astring(entry.encode()) for entry in changed)
        session.output.untagged(b"METADATA %b %b" % (strings.mailbox(name, utf8=session.utf8), entries))
