"""STATUS (RFC 9051 6.3.11), with STATUS=SIZE (RFC 8438)."""

from dataclasses import dataclass
from typing import Final

from gateway.imap.condstore import aware
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session
from gateway.imap.standing import status_response
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.names import mailbox_argument
from gateway.imap.wire.scanner import Scanner
from gateway.imap.wire.status import Item, Items, status_items


@dataclass(frozen=True, slots=True)
class Status:
    """`STATUS` SP mailbox SP `(` status-att *(SP status-att) `)`."""

    name: str
    items: Items


def _parse(scanner: Scanner) -> Status:
    name = mailbox_argument(scanner)
    scanner.space()
    return Status(name, status_items(scanner))


async def _status(session: Session, arguments: Status) -> Completion:
    located = await session.mail.find(arguments.name, "r")
    if Item.HIGHESTMODSEQ in arguments.items:
        aware(session)
    session.output.untagged(await status_response(session.service, located, arguments.items, utf8=session.utf8))
    return ok("told")


EXTENSION: Final = Extension(
    commands=(command("STATUS", _parse, _status),), capabilities=(Capability("STATUS=SIZE", logged_in),)
)
