"""RENAME (RFC 9051 6.3.6). Renaming INBOX moves its messages; what is below a mailbox goes with it."""

from dataclasses import dataclass
from typing import Final

from gateway.imap.announcing import announce_rename
from gateway.imap.registry import Extension, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.names import mailbox_name
from gateway.imap.wire.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Renaming:
    """`RENAME` SP mailbox SP mailbox."""

    old: str
    new: str


def _parse(scanner: Scanner) -> Renaming:
    scanner.space()
    old = mailbox_name(scanner)
    scanner.space()
    return Renaming(old, mailbox_name(scanner))


async def _rename(session: Session, arguments: Renaming) -> Completion:
    located = await session.mail.find_any(arguments.old, "x")
    spot = await session.mail.spot(arguments.new)
    if spot.mail.account != located.mail.account:
        raise refused("a mailbox stays with its owner: make one there, and move the messages", b"CANNOT")
    renamed = await located.mail.mailboxes.rename(located.mailbox.id, spot.name)
    attributes = () if renamed.selectable else (b"\\NonExistent",)
    announce_rename(session, located.name, spot.root + renamed.name, attributes)
    return ok("renamed")


EXTENSION: Final = Extension(commands=(command("RENAME", _parse, _rename),))
