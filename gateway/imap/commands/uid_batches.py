"""UIDBATCHES (RFC 10022): ranges of UIDs that divide the mailbox into batches of so many messages, the newest first."""

from dataclasses import dataclass
from typing import Final

from gateway.imap import news
from gateway.imap.registry import Capability, Extension, When, command, logged_in
from gateway.imap.session import Session
from gateway.imap.wire import strings
from gateway.imap.wire.completion import Completion, Refusal, bad, ok, refused
from gateway.imap.wire.scanner import Scanner
from gateway.store.uids import Range

LEAST: Final = 500
"""Messages of a batch."""
_AT_A_TIME: Final = 256


@dataclass(frozen=True, slots=True)
class Batches:
    """SP nz-number [SP nz-number ":" nz-number]."""

    size: int
    wanted: Range | None = None
    """The first and the last of the batches, counted from 1; None: all."""


def _parse(scanner: Scanner) -> Batches:
    scanner.space()
    size = scanner.nz_number("the size of a batch")
    if not scanner.skip(b" "):
        return Batches(size)
    first = scanner.nz_number("the number of a batch")
    scanner.take(b":")
    return Batches(size, (first, scanner.nz_number("the number of a batch")))


async def _uid_batches(session: Session, asked: Batches) -> Completion:
    """Numbers of messages count back from the last; each batch ends where the one before begins, the last at UID 1."""
    _check(session, asked)
    await news.freshen(session)
    view, write = session.mailbox.view, session.output.write
    size = min(asked.size, session.service.config.message_limit or asked.size)
    count = -(-view.exists // size)
    first, last = asked.wanted or (1, count)
    write(b"* UIDBATCHES (TAG %b)" % strings.quoted(session.tag))
    with view.pinned():
        exists = view.exists
        for batch in range(first, min(last, count) + 1):
            above = view.uid(exists - (batch - 1) * size + 1)
            high = (view.uid(exists) or 1) if above is None else above - 1
            low = 1 if batch == count else view.uid(exists - batch * size + 1)
            write(b"%b%d:%d" % (b" " if batch == first else b",", high, low or 1))
            if batch % _AT_A_TIME == 0:
                await session.output.breathe()
    write(b"\r\n")
    return ok("these are the batches")


def _check(session: Session, asked: Batches) -> None:
    """Raises Refusal."""
    least = min(LEAST, session.service.config.message_limit or LEAST)
    if asked.size < least:
        raise refused(f"a batch has at least {least} messages", b"TOOFEW")
    if asked.wanted is not None and asked.wanted[0] > asked.wanted[1]:
        raise Refusal(bad("the first batch comes before the last"))


EXTENSION: Final = Extension(
    commands=(command("UIDBATCHES", _parse, _uid_batches, When.SELECTED),),
    capabilities=(Capability("UIDBATCHES", logged_in, brings=("UIDBATCHES",)),),
)
