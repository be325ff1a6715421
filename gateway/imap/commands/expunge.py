"""EXPUNGE and UID EXPUNGE (RFC 9051 6.4.3, 6.4.9; RFC 4315, RFC 7162 3.2.7)."""

from typing import Final

from gateway.imap import news
from gateway.imap.limits import limited
from gateway.imap.registry import Capability, Extension, News, When, command, logged_in, nothing
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.scanner import Scanner
from gateway.imap.wire.sets import SequenceSet
from gateway.mailbox import spans
from gateway.mailbox.slices import LOOPED
from gateway.mailbox.spans import Span
from gateway.store.actions import Expunge, Expunged
from gateway.store.flags import System
from gateway.store.uids import UidSet


def _parse_uids(scanner: Scanner) -> SequenceSet:
    scanner.space()
    return scanner.sequence_set()


async def _expunge(session: Session, _arguments: None) -> Completion:
    """Not limited: what it takes is what the client marked (RFC 9738 3.1)."""
    await _permit(session)
    return await _carry_out(session, None)


async def _uid_expunge(session: Session, wanted: SequenceSet) -> Completion:
    await _permit(session)
    selected = session.mailbox
    most = session.service.config.message_limit
    with selected.view.pinned():
        places = selected.living(selected.places(wanted, uids=True))
        uids = selected.covered(places)
        if most is not None and spans.total(places) > most:
            deleted = await _deleted(session, places)
            if len(deleted) > most:
                uids = UidSet.of(deleted[-most:])
                return limited(session, deleted[-most], await _carry_out(session, uids))
    return await _carry_out(session, uids)


async def _deleted(session: Session, places: tuple[Span, ...]) -> list[int]:
    """UIDs of those that are."""
    view = session.mailbox.view.view
    found: list[int] = []
    for start, stop in spans.slices(places, LOOPED):
        found += [view.uids[at] for at in range(start, stop) if view.marks[at] & System.DELETED]
        await session.output.breathe()
    return found


async def _permit(session: Session) -> None:
    """Raises Refusal."""
    selected = session.mailbox
    selected.require_writable()
    await news.freshen(session)
    if "e" not in selected.located.rights:
        raise refused("you lack the right 'e' (RFC 4314) on this mailbox", b"NOPERM")


async def _carry_out(session: Session, uids: UidSet | None) -> Completion:
    selected = session.mailbox
    if uids is not None and not uids:
        await news.tell(session, expunges=True)
        return ok("there is nothing of them")
    action = Expunge(selected.located.mailbox.id, uids)
    (result,) = await selected.located.mail.emails.carry_out([action], session.service.clock())
    await news.tell(session, expunges=True, cause="EXPUNGE")
    if isinstance(result, Expunged) and result.uids and session.condstore:
        return ok("expunged", b"HIGHESTMODSEQ %d" % selected.synced)
    return ok("expunged")


EXTENSION: Final = Extension(
    commands=(
        command("EXPUNGE", nothing, _expunge, When.SELECTED, News.NONE),
        command("UID EXPUNGE", _parse_uids, _uid_expunge, When.SELECTED, News.NONE),
    ),
    capabilities=(Capability("UIDPLUS", logged_in, brings=("UID EXPUNGE",)),),
)
