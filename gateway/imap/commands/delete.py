"""DELETE (RFC 9051 6.3.5). A mailbox with others below it stays as a name."""

from typing import Final

from gateway.imap.announcing import announce
from gateway.imap.opening import leave
from gateway.imap.registry import Extension, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.names import mailbox_name
from gateway.imap.wire.scanner import Scanner


def _parse(scanner: Scanner) -> str:
    scanner.space()
    return mailbox_name(scanner)


async def _delete(session: Session, name: str) -> Completion:
    located = await session.mail.find_any(name, "x")
    await located.mail.mailboxes.delete(located.mailbox.id)
    selected = session.selected
    if selected is not None and (selected.located.mail.account, selected.located.mailbox.id) == (
        located.mail.account,
        located.mailbox.id,
    ):
        leave(session)
        session.output.untagged(b"OK [CLOSED] it was the selected mailbox")
    announce(session, located.name, name, (b"\\NonExistent",))
    return ok("deleted")


EXTENSION: Final = Extension(commands=(command("DELETE", _parse, _delete),))
