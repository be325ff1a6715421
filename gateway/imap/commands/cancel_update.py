"""CANCELUPDATE (RFC 5267 4.3.5)."""

from typing import Final

from gateway.imap.registry import Extension, When, command
from gateway.imap.search.contexts import Updates
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, Refusal, bad, ok
from gateway.imap.wire.scanner import Scanner


def _parse(scanner: Scanner) -> tuple[bytes, ...]:
    """1*(SP quoted)"""
    tags: list[bytes] = []
    while not scanner.at_end:
        scanner.space()
        tags.append(scanner.string("a tag in quotes"))
    if not tags:
        raise scanner.expected("a tag in quotes")
    return tuple(tags)


async def _cancel_update(session: Session, tags: tuple[bytes, ...]) -> Completion:
    contexts = session.mailbox.contexts
    if not isinstance(contexts, Updates) or any(tag not in contexts for tag in tags):
        raise Refusal(bad("no search with UPDATE has this tag"))
    for tag in tags:
        contexts.cancel(tag)
    return ok("no further updates")


EXTENSION: Final = Extension(commands=(command("CANCELUPDATE", _parse, _cancel_update, When.SELECTED),))
