"""NOTIFY (RFC 5465)."""

from typing import Final

from gateway.imap import news
from gateway.imap.fetch.unasked import show
from gateway.imap.registry import Capability, Extension, News, command, logged_in
from gateway.imap.session import Session
from gateway.imap.watching import TooMuch, tell_standing, watch
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.notify import Notify, notify


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
    begun.show = lambda places, items: show(session, places, items)
    session.watch = begun
    session.unasked = news.tell_unasked
    news.listen(session)
    await news.tell(session, expunges=True)
    await tell_standing(session, begun)
    if not asked.groups:
        return ok("nothing is told any more")
    return ok("you will be told")


EXTENSION: Final = Extension(
    commands=(command("NOTIFY", notify, _notify, news=News.NONE),),
    capabilities=(Capability("NOTIFY", logged_in, brings=("NOTIFY",)),),
)
