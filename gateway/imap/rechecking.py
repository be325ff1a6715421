"""Rights on a selected mailbox of another account may change at any time (RFC 4314 5.1.1): they are looked at before
each command that is about the mailbox, and before anything of it is told unasked. One's own mailboxes cost nothing."""

from collections.abc import Callable

from gateway.imap import news
from gateway.imap.opening import WRITING
from gateway.imap.registry import Work
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, refused


async def rechecked(session: Session, run: Callable[[Session], Work]) -> Completion:
    """The command, with the rights of now. Raises Refusal, and what the command raises."""
    await recheck(session)
    if session.closing:
        raise refused("you may not read this mailbox any more", b"NOPERM")
    return await run(session)


async def recheck(session: Session) -> None:
    """Other rights mean other PERMANENTFLAGS; without `r` the session ends. Raises StoreUnavailable."""
    selected = session.selected
    if selected is None or session.mail.owns(selected.located):
        return
    before = selected.located
    selected.located = await session.mail.again(before)
    if "r" not in selected.located.rights:
        session.bye("you may not read the selected mailbox any more: log in again for another", b"NOPERM")
    elif selected.located is not before:
        selected.read_only = selected.read_only or WRITING.isdisjoint(selected.located.rights)
        news.defined_flags(session)
