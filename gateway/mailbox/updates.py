"""Follows an account's feed for the views of its mailboxes."""

from collections.abc import Sequence
from typing import Final

from gateway.mailbox.events import What
from gateway.mailbox.reloading import reload
from gateway.mailbox.view import View
from gateway.store.actions import FlagsSet
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import Change, ChangeKind, EmailId, Place, Uid
from gateway.store.protocol.store import Mail

_TOUCHED: Final = (ChangeKind.ARRIVED, ChangeKind.FLAGS)
_OURS: Final = (*_TOUCHED, ChangeKind.EXPUNGED, ChangeKind.MAILBOX_GONE)


async def apply(mail: Mail, view: View, changes: Sequence[Change]) -> None:
    """What happened since `view.at`, oldest first, of all mailboxes."""
    ours = [change for change in changes if change.mailbox == view.mailbox and change.at > view.at]
    ours = [change for change in ours if change.kind in _OURS]
    if any(change.kind is ChangeKind.MAILBOX_GONE for change in ours):
        end(view)
    elif sum(len(change.uids) for change in ours if change.kind in _TOUCHED) > view.tuning.one_by_one:
        await read_anew(mail, view)
    elif ours:
        places = await _places(mail, view, ours)
        for change in ours:
            _apply(view, change, places)


def show_flags(view: View, done: FlagsSet) -> None:
    """The next thing that happens to the account, of which all is known: nothing has to be read."""
    view.highest = max(view.highest, done.at)
    for mark, uids in done.marks:
        view.set_marks(mark, done.at, uids)
    view.tell(What.FLAGS, done.at, done.changed)


async def read_anew(mail: Mail, view: View) -> None:
    """Without the feed."""
    try:
        entries = await mail.emails.entries(view.mailbox)
    except NoSuchMailbox:
        end(view)
    else:
        await reload(view, entries)


def end(view: View) -> None:
    """The mailbox is gone. Its messages stay in the view, for sessions that still name them."""
    view.gone = True


async def _places(mail: Mail, view: View, changes: Sequence[Change]) -> dict[Uid, Place]:
    emails: dict[EmailId, None] = {}
    for change in changes:
        if change.kind in _TOUCHED:
            emails.update(dict.fromkeys(_emails(view, change)))
    found = await mail.emails.places(tuple(emails)) if emails else ()
    return {place.uid: place for some in found for place in some if place.mailbox == view.mailbox}


def _emails(view: View, change: Change) -> Sequence[EmailId]:
    if change.kind is ChangeKind.ARRIVED:
        return change.emails
    known = (view.find(uid) for uid in change.uids)
    # Of what arrived in the same batch, the change itself names the messages.
    return [view.email(at) for at in known if at is not None] + list(change.emails)


def _apply(view: View, change: Change, places: dict[Uid, Place]) -> None:
    view.highest = max(view.highest, change.at)
    if change.kind is ChangeKind.EXPUNGED:
        view.vanish(change.uids)
        view.tell(What.EXPUNGED, change.at, change.uids)
        return
    now = [place for place in (places.get(Uid(uid)) for uid in change.uids) if place is not None]
    if change.kind is ChangeKind.ARRIVED:
        view.arrive(now)
        # Also of what is gone again.
        view.uidnext = max(view.uidnext, Uid(change.uids.ranges[-1][1] + 1))
        return
    for place in now:
        view.set_mark(place)
    view.tell(What.FLAGS, change.at, change.uids)
