"""DELETE (RFC 9051 6.3.5). A mailbox with others below it stays as a name."""

from typing import Final

from gateway.imap.announcing import announce
from gateway.imap.opening import leave
from gateway.imap.registry import Extension, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.names import mailbox_argument


async def _delete(session: Session, name: str) -> Completion:
    located = await session.mail.find_any(name, "x")
    await located.mail.mailboxes.delete(located.mailbox.id)
    if session.selected is not None and session.selected.located.key == located.key:
        leave(session)
        session.output.untagged(b"OK [CLOSED] it was the selected mailbox")
    announce(session, located.name, name, (b"\\NonExistent",))
    return ok("deleted")


EXTENSION: Final = Extension(commands=(command("DELETE", mailbox_argument, _delete),))
