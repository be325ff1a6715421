"""SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314 3). The owner of a mailbox has all rights always, and
stands first in its list."""

from dataclasses import dataclass
from typing import Final

from gateway.imap import identifiers
from gateway.imap.access import Located
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session
from gateway.imap.standing import myrights
from gateway.imap.wire import rights, strings
from gateway.imap.wire.completion import Completion, Refusal, ok, refused
from gateway.imap.wire.names import mailbox_argument
from gateway.imap.wire.rights import Change
from gateway.imap.wire.scanner import Scanner
from gateway.store.protocol.sharing import RIGHTS, Identifier

_ANY: Final = frozenset("lrikxa")
"""One of these is needed to ask for one's own (RFC 4314 4)."""
_GRANTABLE: Final = b"l r s w i p k x t e c d a"


@dataclass(frozen=True, slots=True)
class About:
    """A mailbox and somebody."""

    mailbox: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Setting:
    """`SETACL` SP mailbox SP identifier SP mod-rights."""

    about: About
    change: Change


def _about(scanner: Scanner) -> About:
    name = mailbox_argument(scanner)
    scanner.space()
    return About(name, scanner.text("an identifier"))


def _setting(scanner: Scanner) -> Setting:
    about = _about(scanner)
    scanner.space()
    return Setting(about, rights.change(scanner.astring("rights")))


async def _setacl(session: Session, arguments: Setting) -> Completion:
    located, identifier, before = await _administered(session, arguments.about)
    change = arguments.change
    if identifiers.account_of(identifier) == located.mail.account:
        if identifier.startswith("-") or set(change.of(RIGHTS)) != set(RIGHTS):
            raise _owners()
        return ok("the owner has all rights")
    await located.mail.sharing.set_rights(located.mailbox.id, identifier, change.of(before))
    return ok("set")


async def _deleteacl(session: Session, about: About) -> Completion:
    located, identifier, _ = await _administered(session, about)
    if identifier == identifiers.of_account(located.mail.account):
        raise _owners()
    await located.mail.sharing.set_rights(located.mailbox.id, identifier, "")
    return ok("taken away")


async def _getacl(session: Session, name: str) -> Completion:
    located = await session.mail.find(name, "a")
    owner = identifiers.of_account(located.mail.account)
    listed = {owner: RIGHTS, **await located.mail.sharing.rights(located.mailbox.id)}
    words = [_name(session, located)]
    for identifier, given in listed.items():
        words += [_identifier(session, identifier), rights.shown(given)]
    session.output.untagged(b"ACL " + b" ".join(words))
    return ok("told")


async def _listrights(session: Session, about: About) -> Completion:
    """No rights are tied together; whoever is not the owner has none of necessity."""
    located, identifier, _ = await _administered(session, about)
    owner = identifier == identifiers.of_account(located.mail.account)
    possible = rights.shown(RIGHTS) if owner else b'"" ' + _GRANTABLE
    written = _told(session, about.identifier)
    session.output.untagged(b"LISTRIGHTS %b %b %b" % (_name(session, located), written, possible))
    return ok("told")


async def _myrights(session: Session, name: str) -> Completion:
    located = await session.mail.find(name)
    if _ANY.isdisjoint(located.rights):
        raise refused("no such mailbox: LIST shows those that there are", b"NONEXISTENT")
    session.output.untagged(myrights(located, utf8=session.utf8))
    return ok("told")


async def _administered(session: Session, about: About) -> tuple[Located, Identifier, str]:
    """With the rights that it has. Raises Refusal."""
    located = await session.mail.find(about.mailbox, "a")
    listed = await located.mail.sharing.rights(located.mailbox.id)
    identifier = identifiers.identifier_of(session.service.people, about.identifier, listed)
    return located, identifier, listed.get(identifier, "")


def _identifier(session: Session, identifier: Identifier) -> bytes:
    return _told(session, identifiers.shown(session.service.people, identifier))


def _told(session: Session, identifier: str) -> bytes:
    return strings.astring(identifier.encode(), utf8=session.utf8)


def _name(session: Session, located: Located) -> bytes:
    return strings.mailbox(located.name, utf8=session.utf8)


def _owners() -> Refusal:
    return refused("the owner of a mailbox has all rights: they cannot be taken away", b"CANNOT")


EXTENSION: Final = Extension(
    commands=(
        command("SETACL", _setting, _setacl),
        command("DELETEACL", _about, _deleteacl),
        command("GETACL", mailbox_argument, _getacl),
        command("LISTRIGHTS", _about, _listrights),
        command("MYRIGHTS", mailbox_argument, _myrights),
    ),
    capabilities=(
        Capability("ACL", logged_in, brings=("GETACL", "SETACL", "DELETEACL", "LISTRIGHTS", "MYRIGHTS")),
        Capability("RIGHTS", logged_in, lambda _session: "texk"),
    ),
)
