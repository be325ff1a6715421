"""Who is meant in an access control list (RFC 4314 2): clients write addresses, the store keeps numbers of accounts.

`anyone`; an address that is an account's own; `account:7` where that account is gone. With `-` before it, rights are
taken away.
"""

from collections.abc import Container
from typing import Final

from gateway.accounts.protocol import Known
from gateway.auth.authenticator import AccountId
from gateway.auth.names import parse_login
from gateway.imap.people import People
from gateway.imap.wire.completion import Refusal, bad, refused
from gateway.store.protocol.sharing import Identifier

ANYONE: Final = "anyone"
_ACCOUNT: Final = "account:"


def identifier_of(people: People, text: str, listed: Container[str] = ()) -> Identifier:
    """What the store calls them. `listed`: what the list has, which can always be named so.

    Raises Refusal, AccountsUnavailable.
    """
    if text in listed:
        return Identifier(text)
    sign, name = ("-", text[1:]) if text.startswith("-") else ("", text)
    if name.lower() == ANYONE:
        return Identifier(sign + ANYONE)
    return Identifier(f"{sign}{_ACCOUNT}{_account(people, name)}")


def of_account(account: AccountId) -> Identifier:
    """Its own."""
    return Identifier(f"{_ACCOUNT}{account}")


def shown(people: People, identifier: Identifier) -> str:
    """With the account's address. Raises AccountsUnavailable."""
    number = account_of(identifier)
    account = None if number is None else people.account(number)
    if account is None:
        return identifier
    return ("-" if identifier.startswith("-") else "") + str(account.address)


def account_of(identifier: Identifier) -> AccountId | None:
    """Whose rights are meant; None: of everybody."""
    name = identifier.removeprefix("-")
    return AccountId(int(name.removeprefix(_ACCOUNT))) if name.startswith(_ACCOUNT) else None


def _account(people: People, name: str) -> AccountId:
    address = parse_login(name)
    if not name.isprintable() or not name:
        raise Refusal(bad("an identifier is printable, and not empty (RFC 4314 3)"))
    if address is None:
        raise refused("an identifier is anyone or an address, perhaps with - before it", b"CANNOT")
    found = people.resolve(address)
    if not isinstance(found, Known) or found.catch_all or found.subaddress:
        raise refused("nobody here has that address", b"CANNOT")
    return found.account.id
