"""Mailbox access keys of URLAUTH (RFC 4467 2.2, 6), one for each user and mailbox, kept with the mailbox.

They are annotations that nobody sees: those of a viewer that no account is, the user's number made negative. So they go
with their mailbox, stay with it when it is renamed, and are in backups of it. A name of its own for each lets two that
are made at one time both be good.
"""

import hmac
import secrets
from collections.abc import Sequence
from typing import Final

from gateway.auth.authenticator import AccountId
from gateway.store.errors import NoSuchMailbox
from gateway.store.model import MailboxId
from gateway.store.protocol.store import Mail

INTERNAL: Final = "INTERNAL"
"""The mechanism."""
_HERE: Final = "/private/urlauth/"
_KEY: Final = 32
"""Octets."""
_FORM: Final = "01"
"""What tokens begin with: HMAC-SHA256 over the URL, up to the verifier (RFC 4467 2.4.1)."""


async def sign(mail: Mail, mailbox: MailboxId, user: AccountId, rump: bytes) -> str:
    """The token of a URL, with a key that is made where there is none. Raises NotPossible, StoreUnavailable."""
    keys = await _keys(mail, mailbox, user)
    if not keys:
        await _make(mail, mailbox, user, ())
        keys = await _keys(mail, mailbox, user)
    return _token(min(keys.items())[1], rump)


async def verify(mail: Mail, mailbox: MailboxId, user: AccountId, rump: bytes, token: str) -> bool:
    """Whether this is the token of the URL. Raises StoreUnavailable."""
    try:
        keys = await _keys(mail, mailbox, user)
    except NoSuchMailbox:
        keys = {}
    return _is_any(list(keys.values()) or [secrets.token_bytes(_KEY)], rump, token)


def verify_nothing(rump: bytes, token: str) -> bool:
    """False, after the time that `verify` takes: nobody learns which mailboxes there are (RFC 4467 6)."""
    return _is_any([secrets.token_bytes(_KEY)], rump, token)


async def renew(mail: Mail, mailbox: MailboxId, user: AccountId) -> None:
    """A new key: no URL that was made with an older one is good any more. Raises NotPossible, StoreUnavailable."""
    await _make(mail, mailbox, user, tuple(await _keys(mail, mailbox, user)))


async def forget(mail: Mail, user: AccountId) -> None:
    """The user's keys of all of an account's mailboxes. Raises StoreUnavailable."""
    for mailbox in await mail.mailboxes.all():
        if not mailbox.selectable:
            continue
        try:
            keys = await _keys(mail, mailbox.id, user)
            if keys:
                await mail.annotations.set(mailbox.id, _viewer(user), dict.fromkeys(keys))
        except NoSuchMailbox:
            continue


async def _keys(mail: Mail, mailbox: MailboxId, user: AccountId) -> dict[str, bytes]:
    found = await mail.annotations.get(mailbox, _viewer(user))
    return {name: value for name, value in found.items() if name.startswith(_HERE)}


async def _make(mail: Mail, mailbox: MailboxId, user: AccountId, old: Sequence[str]) -> None:
    values: dict[str, bytes | None] = dict.fromkeys(old)
    values[_HERE + secrets.token_hex(8)] = secrets.token_bytes(_KEY)
    await mail.annotations.set(mailbox, _viewer(user), values)


def _viewer(user: AccountId) -> AccountId:
    return AccountId(-user)


def _token(key: bytes, rump: bytes) -> str:
    return _FORM + hmac.digest(key, rump, "sha256").hex()


def _is_any(keys: Sequence[bytes], rump: bytes, token: str) -> bool:
    good = [hmac.compare_digest(_token(key, rump), token) for key in keys]
    return any(good)
