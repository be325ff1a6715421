"""IDLE (RFC 2177, RFC 9051 6.3.13): the client hears of news as it comes, until it says DONE.

It costs no task: the session is `held` until the next line, and told news when its view hears of some.
"""

from typing import Final

from gateway.imap.news import tell
from gateway.imap.registry import Capability, Extension, News, always, command, nothing
from gateway.imap.session import Held, Session
from gateway.imap.wire.completion import HELD, Completion, Refusal, bad, ok


async def _idle(session: Session, _arguments: None) -> Completion:
    session.output.write(b"+ idling\r\n")
    before = session.unasked
    view = session.selected.view if session.selected is not None else None
    heard = view.heard if view is not None else None

    async def done(session: Session, line: bytes) -> Completion:
        session.unasked = before
        if view is not None and heard is not None:
            view.heard = heard
        session.release()
        if line.upper() != b"DONE":
            raise Refusal(bad("IDLE ends with DONE"))
        return ok("no longer idle")

    session.unasked = _first
    session.hold(Held(session.tag, done))
    if view is not None:
        view.heard = session.wake
        session.wake()
    return HELD


async def _first(session: Session) -> None:
    """What nobody here has heard of is asked for once."""
    await tell(session, expunges=True)
    if session.unasked is _first:
        session.unasked = _news


async def _news(session: Session) -> None:
    """The view has changed, and shows what there is to tell: a thousand sessions need not ask a thousand times."""
    await tell(session, expunges=True, asks=False)


EXTENSION: Final = Extension(
    commands=(command("IDLE", nothing, _idle, news=News.NONE),),
    capabilities=(Capability("IDLE", always, brings=("IDLE",)),),
)
