"""SELECT, EXAMINE, CLOSE, UNSELECT and CHECK (RFC 9051 6.3.2, 6.3.3, 6.4.1, 6.4.2; RFC 3691; RFC 3501 6.4.1), with
CONDSTORE and QRESYNC (RFC 7162)."""

from typing import Final

from gateway.imap.opening import leave, open_mailbox
from gateway.imap.registry import Capability, Extension, News, When, command, logged_in, nothing
from gateway.imap.session import CONDSTORE, QRESYNC, UIDONLY, Session
from gateway.imap.wire.completion import Completion, Refusal, bad, ok
from gateway.imap.wire.select import Select, select
from gateway.store.actions import Expunge


async def _select(session: Session, wanted: Select) -> Completion:
    return await _open(session, wanted, read_only=False)


async def _examine(session: Session, wanted: Select) -> Completion:
    return await _open(session, wanted, read_only=True)


async def _open(session: Session, wanted: Select, *, read_only: bool) -> Completion:
    """A SELECT that fails leaves nothing selected; one that is no SELECT changes nothing."""
    if wanted.known is not None:
        _check(session, wanted)
    if session.selected is not None:
        leave(session)
        session.output.untagged(b"OK [CLOSED] the mailbox before is closed")
    selected = await open_mailbox(session, wanted, read_only=read_only)
    if wanted.known is not None and wanted.known.uidvalidity != selected.view.view.uidvalidity:
        text = "opened; its UIDs are others than you knew"
    else:
        text = "opened"
    return ok(text, b"READ-ONLY" if selected.read_only else b"READ-WRITE")


def _check(session: Session, wanted: Select) -> None:
    """Raises Refusal (RFC 7162 3.2.5, RFC 9586 3.7)."""
    if QRESYNC not in session.enabled:
        raise Refusal(bad("ENABLE QRESYNC first"))
    if UIDONLY in session.enabled and wanted.known is not None and wanted.known.matches is not None:
        raise Refusal(bad("message numbers are not used any more: you enabled UIDONLY", b"UIDREQUIRED"))


async def _close(session: Session, _arguments: None) -> Completion:
    """Nothing is told: neither what is expunged, nor HIGHESTMODSEQ (RFC 7162 3.2.8)."""
    selected = session.mailbox
    if not selected.read_only and "e" in selected.located.rights and not selected.view.ended:
        expunge = Expunge(selected.located.mailbox.id, None)
        await selected.located.mail.emails.carry_out([expunge], session.service.clock())
    leave(session)
    return ok("closed")


async def _unselect(session: Session, _arguments: None) -> Completion:
    leave(session)
    return ok("closed, nothing expunged")


async def _checkpoint(_session: Session, _arguments: None) -> Completion:
    return ok("all of it is on disk at any time")


EXTENSION: Final = Extension(
    commands=(
        command("SELECT", select, _select, news=News.NONE),
        command("EXAMINE", select, _examine, news=News.NONE),
        command("CLOSE", nothing, _close, When.SELECTED, News.NONE),
        command("UNSELECT", nothing, _unselect, When.SELECTED, News.NONE),
        command("CHECK", nothing, _checkpoint, When.SELECTED),
    ),
    capabilities=(
        Capability("UNSELECT", logged_in, brings=("UNSELECT",)),
        Capability(CONDSTORE, logged_in),
        Capability(QRESYNC, logged_in),
    ),
    enables=frozenset({CONDSTORE, QRESYNC}),
)
