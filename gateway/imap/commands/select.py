"""SELECT, EXAMINE, CLOSE and UNSELECT (RFC 9051 6.3.2, 6.3.3, 6.4.1, 6.4.2)."""

from typing import Final

from gateway.imap.news import recent
from gateway.imap.registry import Capability, Extension, News, When, command, logged_in, nothing
from gateway.imap.selected import Selected
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.names import mailbox_name
from gateway.imap.wire.scanner import Scanner
from gateway.store.actions import Expunge


def _parse(scanner: Scanner) -> str:
    scanner.space()
    return mailbox_name(scanner)


async def _select(session: Session, name: str) -> Completion:
    return await _open(session, name, read_only=False)


async def _examine(session: Session, name: str) -> Completion:
    return await _open(session, name, read_only=True)


async def _open(session: Session, name: str, *, read_only: bool) -> Completion:
    if session.selected is not None:
        leave(session)
        session.output.write(b"* OK [CLOSED] the mailbox before is closed\r\n")
    located = await session.mail.find(name, "r")
    view = await session.service.views.open(located.mail.account, located.mailbox.id)
    selected = Selected(located, view, session.mail.forms(located.mail), read_only=read_only)
    if not read_only:
        selected.recent_from = await located.mail.mailboxes.claim_recent(located.mailbox.id)
    session.selected = selected
    write = session.output.untagged
    write(b"%d EXISTS" % view.exists)
    write(b"%d RECENT" % recent(selected))
    write(b"FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)")
    write(b"OK [UIDVALIDITY %d] UIDs are valid" % view.view.uidvalidity)
    write(b"OK [UIDNEXT %d] the next UID" % view.view.uidnext)
    return ok("opened", b"READ-ONLY" if read_only else b"READ-WRITE")


def leave(session: Session) -> None:
    """Nothing is selected any more."""
    if session.selected is not None:
        session.selected.view.close()
        session.selected = None


async def _close(session: Session, _arguments: None) -> Completion:
    selected = session.mailbox
    if not selected.read_only:
        expunge = Expunge(selected.located.mailbox.id, None)
        await selected.located.mail.emails.carry_out([expunge], session.service.clock())
    leave(session)
    return ok("closed")


async def _unselect(session: Session, _arguments: None) -> Completion:
    leave(session)
    return ok("closed, nothing expunged")


EXTENSION: Final = Extension(
    commands=(
        command("SELECT", _parse, _select, news=News.NONE),
        command("EXAMINE", _parse, _examine, news=News.NONE),
        command("CLOSE", nothing, _close, When.SELECTED, News.NONE),
        command("UNSELECT", nothing, _unselect, When.SELECTED, News.NONE),
    ),
    capabilities=(Capability("UNSELECT", logged_in),),
)
