"""Opens a mailbox for a session, and says what it is like (RFC 9051 6.3.2, RFC 3501 6.3.1, RFC 4467 8,
RFC 7162 3.2.5)."""

import sys
from typing import Final
from weakref import WeakKeyDictionary

from gateway.imap import news
from gateway.imap.access import Located
from gateway.imap.capability_names import CapabilityName
from gateway.imap.listing import special_use
from gateway.imap.selected import Selected
from gateway.imap.session import CONDSTORE, UIDONLY, Session
from gateway.imap.wire.listing import Row
from gateway.imap.wire.object_ids import mailbox_id
from gateway.imap.wire.select import Known, Matches, Select
from gateway.mailbox.changes import changed_since
from gateway.mailbox.view import View
from gateway.store.errors import StoreUnavailable
from gateway.store.flags import System
from gateway.store.model import ModSeq, Uid
from gateway.store.names import INBOX
from gateway.store.uids import UidSet

WRITING: Final = frozenset("iestw")
"""With none of these rights a mailbox is opened read-only (RFC 4314 5.2)."""
_MATCHES: Final = 10_000
"""So many known message numbers are compared; more are no small sample."""
_LOWEST: Final = 0 if sys.byteorder == "little" else 7
_UNSEEN: Final = bytes(not octet & System.SEEN for octet in range(256))

_first_unseen: WeakKeyDictionary[View, tuple[ModSeq, Uid | None]] = WeakKeyDictionary()
"""By the state of the account that it is true for."""


async def open_mailbox(session: Session, wanted: Select, *, read_only: bool) -> Selected:
    """Select it, with all untagged responses. Nothing may be selected before.

    Raises Refusal, NoSuchMailbox, StoreUnavailable; then nothing is selected.
    """
    located = await session.mail.find(wanted.name, "r")
    view = await session.service.views.open(located.mail.account, located.mailbox.id)
    read_only = read_only or WRITING.isdisjoint(located.rights)
    selected = Selected(located, view, session.mail.forms(located.mail), read_only=read_only)
    session.selected = selected
    if wanted.condstore:
        # It is told the mailbox's HIGHESTMODSEQ anyhow.
        session.enabled.add(CONDSTORE)
    try:
        await _recent(session, selected)
        await _describe(session, selected)
        if session.rev2:
            _list(session, wanted.name, located)
        if wanted.known is not None and wanted.known.uidvalidity == view.view.uidvalidity:
            await _resynchronise(session, wanted.known)
    except BaseException:
        leave(session)
        raise
    if session.unasked is not None:
        news.listen(session)
    return selected


def leave(session: Session) -> None:
    """Nothing is selected any more."""
    if session.selected is not None:
        session.selected.view.close()
        session.selected = None


async def _recent(session: Session, selected: Selected) -> None:
    if session.rev2:
        return
    mailbox, view = selected.located.mailbox, selected.view.view
    first = mailbox.first_recent
    if not selected.read_only and first < view.uidnext:
        try:
            first = await selected.located.mail.mailboxes.claim_recent(mailbox.id)
        except StoreUnavailable:
            # The disk may be full: whoever wants to read is not kept from it for a flag.
            first = view.uidnext
    if view.uids and first <= view.uids[-1]:
        selected.recent = UidSet(((first, view.uids[-1]),))


async def _describe(session: Session, selected: Selected) -> None:
    write, view = session.output.untagged, selected.view
    await news.introduce(session, view.view.used)
    if not selected.told_keywords:
        news.defined_flags(session)
    write(b"%d EXISTS" % view.exists)
    if not session.rev2:
        write(b"%d RECENT" % selected.recents)
        unseen = None if UIDONLY in session.enabled else _unseen(selected)
        if unseen is not None:
            write(b"OK [UNSEEN %d] the first that is not seen" % unseen)
    write(b"OK [UIDVALIDITY %d] UIDs are valid" % view.view.uidvalidity)
    write(b"OK [UIDNEXT %d] the next UID" % view.view.uidnext)
    write(b"OK [HIGHESTMODSEQ %d] the highest mod-sequence" % selected.synced)
    located = selected.located
    write(b"OK [MAILBOXID (%b)] the same under any name" % mailbox_id(located.mail.account, located.mailbox.id))
    if CapabilityName.URLAUTH not in session.without:
        write(b"OK [URLMECH INTERNAL] the mechanism of its URLs")


def _unseen(selected: Selected) -> int | None:
    """The number of the first message that is not \\Seen (RFC 3501 7.1)."""
    view = selected.view.view
    at, uid = _first_unseen.get(view, (None, None))
    if at != view.at:
        uid = _look_for_unseen(view)
        _first_unseen[view] = view.at, uid
    return None if uid is None else selected.view.number(uid)


def _look_for_unseen(view: View) -> Uid | None:
    """At the speed of C: of each mark, the octet that has the system flags becomes 1 where \\Seen is not among them."""
    found = view.marks.tobytes()[_LOWEST :: view.marks.itemsize].translate(_UNSEEN)
    at = found.find(1)
    while at >= 0 and not view.alive[at]:
        at = found.find(1, at + 1)
    return None if at < 0 else Uid(view.uids[at])


def _list(session: Session, asked: str, located: Located) -> None:
    """Without what is below it, which would be a look at all mailboxes: that is LIST's (RFC 9051 6.3.9.5)."""
    use = special_use(located, session.mail.account)
    oldname = asked if located.name not in (asked, INBOX) else None
    row = Row(located.name, (use,) if use else (), oldname=oldname)
    session.output.untagged(row.wire(utf8=session.utf8))


# QRESYNC


async def _resynchronise(session: Session, known: Known) -> None:
    """What is gone, then what has changed, of the messages that the client knows (RFC 7162 3.2.5.1)."""
    selected = session.mailbox
    view = selected.view
    with view.pinned():
        since = await changed_since(selected.located.mail, view, known.modseq, known.uids)
        gone = since.vanished
        if known.matches is not None and (low := _matching(selected, known.matches)):
            gone -= UidSet(((1, low),))
        await news.vanished(session, gone, earlier=True)
        changed = since.changed
        if known.uids is not None:
            changed = view.named(selected.uids(changed) & known.uids)
        await news.flags(session, changed)


def _matching(selected: Selected, matches: Matches) -> int:
    """The highest UID that has the message number that the client knows it by; 0: there is none. It knows of all that
    is gone below (RFC 7162 3.2.5.2)."""
    if len(matches.numbers) > _MATCHES:
        return 0
    pairs = zip(matches.numbers, matches.uids, strict=True)
    return max((uid for number, uid in pairs if selected.view.uid(number) == uid), default=0)
