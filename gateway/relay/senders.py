"""Under which addresses an account may write: the envelope's sender, and whoever the header names as an author.

RFC 6409 6.1 (550 5.7.1 for what the account has no right to), 6.3 (554 for what is no legal header), 8.1 (`Sender`).
What readers might understand in different ways is refused: nobody shall be shown an author who is not one.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from gateway.accounts.model import Account, GrantKind
from gateway.accounts.protocol import Directory
from gateway.auth.authenticator import AccountId
from gateway.mail import codes
from gateway.mail.address import Address, ReversePath
from gateway.mail.reply import Reply, reply
from gateway.mime.header import field_at, lines
from gateway.relay.residents import in_ascii
from gateway.rewrite.mailboxes import Ambiguous, mailboxes

_AUTHORS: Final = ("from", "sender", "resent-from", "resent-sender")
_WRITTEN: Final = {"from": "From", "sender": "Sender", "resent-from": "Resent-From", "resent-sender": "Resent-Sender"}
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\0")
_MISREAD: Final = frozenset('@<>()[]:;,\\"')
"""Characters of localparts in which readers may see the end of an address, and another one."""

_Named = dict[str, list[tuple[Address, ...]]]
"""The addresses of the fields that name authors, by the fields' names, a tuple for each field."""


class _Refusal(Exception):
    def __init__(self, answer: Reply) -> None:
        super().__init__(str(answer))
        self.answer = answer


class Senders:
    """The rights of one account. Raises AccountsUnavailable."""

    def __init__(self, directory: Directory, account: AccountId) -> None:
        self._directory = directory
        self._account = account

    def refusal_of_path(self, sender: ReversePath) -> Reply | None:
        """Why MAIL may not name this sender; None: it may. Null is free to all: reports have it."""
        if not isinstance(sender, Address) or self._directory.may_send_as(self._account, sender) is not None:
            return None
        return _not_yours("the sender", sender)

    def judged(self, header: bytes) -> Reply | bytes:
        """Why a message with this header is refused; or the fields that it lacks and that only the account can give."""
        try:
            return self._judged(_named(header))
        except _Refusal as refusal:
            return refusal.answer

    def _judged(self, named: _Named) -> bytes:
        account = self._directory.account(self._account)
        own = frozenset(address.key for address in account.addresses) if account else frozenset[str]()
        kinds = {self._right(name, address, own) for name in _AUTHORS for address in _all(named[name])}
        authors = {address.key for address in _all(named["from"])}
        _check_numbers(named)
        if named["sender"] or account is None or (len(authors) == 1 and GrantKind.ON_BEHALF not in kinds):
            return b""
        return f"Sender: {_speaking(account).wire}\r\n".encode()

    def _right(self, name: str, address: Address, own: frozenset[str]) -> GrantKind:
        right = self._directory.may_send_as(self._account, address)
        if right is None or (address.key not in own and _may_be_misread(address)):
            raise _Refusal(_not_yours(_WRITTEN[name], address))
        if right is GrantKind.ON_BEHALF and name != "from":
            raise _Refusal(_not_yours(f"{_WRITTEN[name]}, but only on behalf of it in From,", address))
        return right


def _named(header: bytes) -> _Named:
    """Read the fields that name authors."""
    if _BARE.search(header):
        raise _Refusal(_malformed("the header has a bare CR or LF, or a NUL"))
    named: _Named = {name: [] for name in _AUTHORS}
    for start, stop in lines(header):
        field = field_at(header, start, stop, 0)
        if field is None:
            raise _Refusal(_malformed("the header has a line that is no field"))
        name = field.name.lower()
        if name in named:
            named[name].append(_mailboxes(_WRITTEN[name], header[field.value.start : field.value.stop]))
    return named


def _mailboxes(name: str, value: bytes) -> tuple[Address, ...]:
    try:
        return mailboxes(value)
    except Ambiguous as error:
        raise _Refusal(_malformed(f"the addresses in {name} cannot be read for sure: {error}"[:400])) from error


def _check_numbers(named: _Named) -> None:
    """One From, which has an author; at most one Sender, with one address (RFC 5322 3.6, 3.6.2)."""
    if not named["from"] or not any(named["from"]):
        raise _Refusal(_malformed("there is no From with an address: name who writes"))
    if len(named["from"]) > 1 or len(named["sender"]) > 1:
        raise _Refusal(_malformed("there may be one From and one Sender only"))
    if any(len(each) != 1 for name in ("sender", "resent-sender") for each in named[name]):
        raise _Refusal(_malformed("Sender and Resent-Sender have one address each"))


def _all(fields: list[tuple[Address, ...]]) -> Iterator[Address]:
    for field in fields:
        yield from field


def _may_be_misread(address: Address) -> bool:
    """Whether readers may see something else: for what needs quoting, blanks, what has no shape, and their likes."""
    shown = unicodedata.normalize("NFKC", address.local.value)
    return any(c in _MISREAD or unicodedata.category(c)[0] in "CZ" for c in shown)


def _speaking(account: Account) -> Address:
    """What `Sender` names: the primary address, or one that needs no SMTPUTF8 where there is one."""
    return next((address for address in account.addresses if address.is_ascii), account.address)


def _not_yours(where: str, address: Address) -> Reply:
    text = f"{where} {in_ascii(address)} is not an address of this account"
    advice = "use one of its own, or ask for the right to write as another (`gateway account grant`)"
    return reply(550, codes.NOT_AUTHORISED, f"{text}; {advice}")


def _malformed(why: str) -> Reply:
    return reply(554, codes.BAD_CONTENT, f"{why}; mend the message")
