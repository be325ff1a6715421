"""LIST and LSUB (RFC 9051 6.3.9, RFC 3501 6.3.9), with LIST-EXTENDED (RFC 5258), LIST-STATUS (RFC 5819), SPECIAL-USE
(RFC 6154), LIST-MYRIGHTS (RFC 8440) and LIST-METADATA (RFC 9590)."""

from typing import Final

from gateway.imap.access import NAMESPACES
from gateway.imap.listing import Names, Shown
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session
from gateway.imap.standing import status_response
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.listing import Listing, Row, list_arguments, lsub_arguments
from gateway.store.errors import NoSuchMailbox


async def _list(session: Session, listing: Listing) -> Completion:
    if listing.root:
        _root(session, listing, b"LIST")
        return ok("that is the separator")
    names = await _names(session, listing)
    for shown in await names.shown(listing, session.output.breathe):
        await _tell(session, names, shown, listing)
        await session.output.breathe()
    return ok("listed")


async def _lsub(session: Session, listing: Listing) -> Completion:
    """A level that is not subscribed is told as \\NoSelect, for `%` alone."""
    if listing.root:
        _root(session, listing, b"LSUB")
        return ok("that is the separator")
    names = Names((), await session.mail.subscriptions(), session.mail.account)
    for shown in await names.shown(listing, session.output.breathe):
        row = Row(shown.name, () if shown.selected else (b"\\NoSelect",))
        session.output.untagged(row.wire(utf8=session.utf8, response=b"LSUB"))
        await session.output.breathe()
    return ok("listed")


async def _names(session: Session, listing: Listing) -> Names:
    def wanted(root: str) -> bool:
        return any(each.may_match_below(root) for each in listing.patterns)

    located = await session.mail.all(wanted)
    return Names(located, await session.mail.subscriptions(), session.mail.account)


def _root(session: Session, listing: Listing, response: bytes) -> None:
    """The namespace that the reference lies in (RFC 2342 5)."""
    root = next((each for each in NAMESPACES if listing.reference.startswith(each.encode())), "")
    session.output.untagged(Row(root, (b"\\NoSelect",)).wire(utf8=session.utf8, response=response))


async def _tell(session: Session, names: Names, shown: Shown, listing: Listing) -> None:
    """STATUS and the like follow for what was itself selected (RFC 5819 3)."""
    row = names.row(shown, listing, nonexistent=session.rev2 or listing.extended)
    status = b""
    located, wanted = shown.located, listing.wanted
    if wanted.status and shown.selected and located is not None and "r" in located.rights:
        try:
            status = await status_response(session.service, located, wanted.status, utf8=session.utf8)
        except NoSuchMailbox:
            row = Row(row.name, (b"\\NoSelect", *row.attributes), row.childinfo)
    session.output.untagged(row.wire(utf8=session.utf8))
    if status:
        session.output.untagged(status)


EXTENSION: Final = Extension(
    commands=(command("LIST", list_arguments, _list), command("LSUB", lsub_arguments, _lsub)),
    capabilities=(
        Capability("CHILDREN", logged_in),
        Capability("LIST-EXTENDED", logged_in),
        Capability("LIST-STATUS", logged_in),
        Capability("SPECIAL-USE", logged_in),
    ),
)
