"""LIST and LSUB (RFC 9051 6.3.9, RFC 3501 6.3.9), with CHILDREN (RFC 3348), LIST-EXTENDED (RFC 5258), LIST-STATUS
(RFC 5819), SPECIAL-USE (RFC 6154), LIST-MYRIGHTS (RFC 8440) and LIST-METADATA (RFC 9590)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.imap import annotations
from gateway.imap.access import NAMESPACES, Located
from gateway.imap.listing import Shown, found
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session
from gateway.imap.standing import myrights, status_response
from gateway.imap.wire import strings
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.listing import Listing, Row, Wanted, list_arguments, lsub_arguments
from gateway.imap.wire.metadata import metadata
from gateway.imap.wire.status import Items
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import MailboxId

_Stored = Mapping[AccountId, Mapping[MailboxId, Mapping[str, bytes]]]
"""Annotations of mailboxes."""


async def _list(session: Session, listing: Listing) -> Completion:
    if listing.root:
        _root(session, listing, b"LIST")
        return ok("that is the separator")
    there, subscribed = await _there(session, listing), await session.mail.subscriptions()
    names, shown = await found(there, subscribed, session.mail.account, listing)
    wanted = listing.wanted
    stored = await _stored(session, shown, wanted.metadata) if wanted.metadata else {}
    for each in shown:
        row = names.row(each, listing, nonexistent=session.rev2 or listing.extended)
        located = each.located if each.selected else None
        status = b""
        if wanted.status and located is not None and "r" in located.rights:
            row, status = await _status(session, row, located, wanted.status)
        session.output.untagged(row.wire(utf8=session.utf8))
        if status:
            session.output.untagged(status)
        if located is not None:
            _more(session, located, wanted, stored)
        await session.output.breathe()
    return ok("listed")


async def _lsub(session: Session, listing: Listing) -> Completion:
    """A level that is not subscribed is told as \\NoSelect, for `%` alone."""
    if listing.root:
        _root(session, listing, b"LSUB")
        return ok("that is the separator")
    _, rows = await found((), await session.mail.subscriptions(), session.mail.account, listing)
    for shown in rows:
        row = Row(shown.name, () if shown.selected else (b"\\NoSelect",))
        session.output.untagged(row.wire(utf8=session.utf8, response=b"LSUB"))
        await session.output.breathe()
    return ok("listed")


async def _there(session: Session, listing: Listing) -> Sequence[Located]:
    def wanted(root: str) -> bool:
        return any(each.may_match_below(root) for each in listing.patterns)

    return await session.mail.all(wanted)


def _root(session: Session, listing: Listing, response: bytes) -> None:
    """The namespace that the reference lies in (RFC 2342 5)."""
    root = next((each for each in NAMESPACES if listing.reference.startswith(each.encode())), "")
    session.output.untagged(Row(root, (b"\\NoSelect",)).wire(utf8=session.utf8, response=response))


async def _status(session: Session, row: Row, located: Located, items: Items) -> tuple[Row, bytes]:
    """A mailbox that is deleted meanwhile cannot be selected (RFC 5819 2)."""
    try:
        return row, await status_response(session.service, located, items, utf8=session.utf8)
    except NoSuchMailbox:
        return replace(row, attributes=(b"\\NoSelect", *row.attributes)), b""


def _more(session: Session, located: Located, wanted: Wanted, stored: _Stored) -> None:
    """MYRIGHTS (RFC 8440) and METADATA (RFC 9590)."""
    if wanted.myrights:
        session.output.untagged(myrights(located, utf8=session.utf8))
    if wanted.metadata and annotations.visible(located):
        known = dict(stored[located.mail.account].get(located.mailbox.id, {}))
        known.update(annotations.special_use(session, located))
        name = strings.mailbox(located.name, utf8=session.utf8)
        told = {entry: known.get(entry) for entry in wanted.metadata}
        session.output.untagged(metadata(name, told, utf8=session.utf8))


async def _stored(session: Session, shown: Sequence[Shown], names: Sequence[str]) -> _Stored:
    """One look at each account that a mailbox is of."""
    mails = {each.located.mail.account: each.located.mail for each in shown if each.located is not None}
    return {account: await mail.annotations.of_all(session.mail.account, names) for account, mail in mails.items()}


EXTENSION: Final = Extension(
    commands=(command("LIST", list_arguments, _list), command("LSUB", lsub_arguments, _lsub)),
    capabilities=(
        Capability("CHILDREN", logged_in),
        Capability("LIST-EXTENDED", logged_in),
        Capability("LIST-STATUS", logged_in),
        Capability("LIST-MYRIGHTS", logged_in),
        Capability("LIST-METADATA", logged_in),
        Capability("SPECIAL-USE", logged_in),
    ),
)
