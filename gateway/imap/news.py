"""What a session is told of its selected mailbox, unasked (RFC 9051 7.4.1, 7.5; RFC 7162 3.2.10)."""

from gateway.imap.selected import Selected
from gateway.imap.session import REV2, UIDONLY, Session
from gateway.mailbox import spans
from gateway.mailbox.news import News
from gateway.store.uids import UidSet


async def tell(session: Session, *, expunges: bool) -> None:
    """Everything that it was not told yet, in the order of RFC 9051. Raises StoreUnavailable."""
    selected = session.selected
    if selected is None:
        return
    view = selected.view
    await session.service.views.refresh(selected.located.mail.account)
    if not view.waiting:
        return
    await selected.forms.learn(view.view.marks)
    news = view.tell(expunges=expunges)
    _expunged(session, news)
    if news.arrived[0] < news.arrived[1]:
        session.output.untagged(b"%d EXISTS" % news.exists)
        if REV2 not in session.enabled:
            session.output.untagged(b"%d RECENT" % recent(selected))
    for at in spans.positions(news.flags):
        _flags(session, selected, at)


def recent(selected: Selected) -> int:
    """How many messages are \\Recent in this session."""
    view = selected.view
    last = view.uid(view.exists) or 0
    places = selected.view.named(UidSet.ranges_of([(selected.recent_from, last)])) if last else ()
    return sum(stop - start for start, stop in places) if last >= selected.recent_from else 0


def _expunged(session: Session, news: News) -> None:
    if session.qresync:
        if news.vanished:
            session.output.untagged(b"VANISHED %b" % str(news.vanished).encode())
        return
    for low, high in reversed(news.numbers):
        for number in range(high, low - 1, -1):
            session.output.untagged(b"%d EXPUNGE" % number)


def head(session: Session, at: int) -> bytes:
    """How a response about the message at a position begins: `12 FETCH (`, or `UIDFETCH 381 (` (RFC 9586).

    The position is one that the session counts.
    """
    view = session.mailbox.view
    if UIDONLY in session.enabled:
        return b"UIDFETCH %d (" % view.view.uids[at]
    return b"%d FETCH (" % (view.number_at(at) or 0)


def _flags(session: Session, selected: Selected, at: int) -> None:
    view = selected.view.view
    uid = b"UID %d " % view.uids[at] if session.qresync and UIDONLY not in session.enabled else b""
    modseq = b" MODSEQ (%d)" % view.modseqs[at] if session.condstore else b""
    flags = selected.forms.form(view.marks[at])
    session.output.untagged(b"%b%bFLAGS (%b)%b)" % (head(session, at), uid, flags, modseq))
