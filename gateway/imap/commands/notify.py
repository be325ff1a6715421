"""NOTIFY (RFC 5465)."""

from collections.abc import Sequence
from typing import Final

from gateway.imap import news
from gateway.imap.fetch.respond import respond
from gateway.imap.registry import Capability, Extension, News, command, logged_in
from gateway.imap.session import Session
from gateway.imap.watching import TooMuch, tell_standing, watch
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.fetch import Item
from gateway.imap.wire.notify import Notify, notify
from gateway.mailbox.spans import Span
from gateway.store.uids import UidSet


async def _notify(session: Session, asked: Notify) -> Completion:
    """What it had asked for before is forgotten only once this can be done. News of the selected mailbox that waits is
    told by either."""
    await news.tell(session, expunges=True)
    try:
        begun = await watch(session, asked)
    except TooMuch as error:
        raise refused("too many mailboxes: name fewer", b"NOTIFICATIONOVERFLOW") from error
    if session.watch is not None:
        session.watch.close()
    begun.show = lambda places, items: _show(session, places, items)
    session.watch = begun
    session.unasked = news.tell_unasked
    news.listen(session)
    await news.tell(session, expunges=True)
    await tell_standing(session, begun)
    if not asked.groups:
        return ok("nothing is told any more")
    return ok("you will be told")


async def _show(session: Session, places: Sequence[Span], items: tuple[Item, ...]) -> None:
    """New messages, without making them \\Seen."""
    await respond(session, places, items, UidSet())


EXTENSION: Final = Extension(
    commands=(command("NOTIFY", notify, _notify, news=News.NONE),),
    capabilities=(Capability("NOTIFY", logged_in, brings=("NOTIFY",)),),
)
