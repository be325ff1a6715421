"""Quota roots (RFC 9208 3.2): each account is one, which all its mailboxes belong to. It is called by the account's
address, or `account:7` where the client could not read that."""

import re
from dataclasses import dataclass
from typing import Final

from gateway.accounts.model import Role
from gateway.accounts.protocol import Known
from gateway.auth.authenticator import AccountId
from gateway.auth.names import parse_login
from gateway.imap.session import Session
from gateway.imap.wire import strings
from gateway.imap.wire.completion import refused
from gateway.imap.wire.quota import usage
from gateway.store.protocol.store import Mail

_NUMBERED: Final = re.compile(r"account:([1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Root:
    """One of them."""

    mail: Mail
    name: bytes
    """As this session is told."""

    async def told(self) -> bytes:
        """`QUOTA root (…)`. Raises StoreUnavailable."""
        return b"QUOTA %b %b" % (self.name, usage(await self.mail.quotas.usage()))


def root_of(session: Session, mail: Mail) -> Root:
    """Raises AccountsUnavailable."""
    account = session.service.people.account(mail.account)
    address = "" if account is None else str(account.address)
    name = address if address and (session.utf8 or address.isascii()) else f"account:{mail.account}"
    return Root(mail, strings.string(name.encode(), utf8=session.utf8))


async def readable(session: Session, name: str) -> Root:
    """Of that name: one's own, of all accounts for an admin, and of somebody who lets the account read a mailbox.

    Raises Refusal (NO [NOPERM] alike for what there is not), StoreUnavailable, AccountsUnavailable.
    """
    account = _account(session, name)
    if account == session.mail.account:
        return root_of(session, session.mail.own)
    if account is not None:
        mail = session.service.store.mail(account)
        if _is_admin(session) or await _reads_any(session, mail):
            return root_of(session, mail)
    raise refused("no quota root of that name is yours to see: GETQUOTAROOT names those that are", b"NOPERM")


async def _reads_any(session: Session, mail: Mail) -> bool:
    return any("r" in rights for rights in (await mail.sharing.allowed(session.mail.account)).values())


def settable(session: Session, name: str) -> Root:
    """Only admins set limits. Raises Refusal, AccountsUnavailable."""
    if not _is_admin(session):
        raise refused("only an admin sets quotas", b"NOPERM")
    account = _account(session, name)
    if account is None:
        raise refused("no account is called so", b"NONEXISTENT")
    return root_of(session, session.service.store.mail(account))


def _is_admin(session: Session) -> bool:
    """Raises AccountsUnavailable."""
    account = session.service.people.account(session.mail.account)
    return account is not None and account.role is Role.ADMIN


def _account(session: Session, name: str) -> AccountId | None:
    """None: nobody's."""
    people = session.service.people
    if found := _NUMBERED.fullmatch(name):
        account = people.account(AccountId(int(found[1])))
        return None if account is None else account.id
    address = parse_login(name)
    resolved = None if address is None else people.resolve(address)
    if isinstance(resolved, Known) and not resolved.catch_all and not resolved.subaddress:
        return resolved.account.id
    return None
