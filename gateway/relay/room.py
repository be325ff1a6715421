"""Whether there is room in a mailbox, asked while the client is still there: it keeps what does not fit, and no report
has to be sent (RFC 5321 4.2.5, RFC 1870 6.1).

What an account has used is asked of the store before the answer is needed, and believed for two seconds: the store
itself says no to what is too much. Where it cannot be asked the mail is taken, and waits in the queue.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.accounts.protocol import Directory, Known
from gateway.auth.authenticator import AccountId
from gateway.mail import codes
from gateway.mail.address import Address
from gateway.mail.nexthop import MailboxHop
from gateway.mail.reply import Reply, reply
from gateway.mail.units import Timestamp
from gateway.queue.protocol import NewDelivery
from gateway.relay.residents import in_ascii
from gateway.relay.router import Placement
from gateway.route.plan import Mailbox
from gateway.store.config import Answer
from gateway.store.errors import NotPossible, Resource, StoreUnavailable
from gateway.store.protocol.quotas import Usage
from gateway.store.protocol.store import Store

BELIEVED: Final = 2.0
"""Seconds."""
REMEMBERED: Final = 20_000

_KEY: Final = MailboxHop().key
_Use = Mapping[Resource, Usage]


@dataclass(frozen=True, slots=True)
class _Seen:
    use: _Use
    until: Timestamp

    def holds(self, now: Timestamp) -> bool:
        """Whether it is believed. A clock that is put back ends that."""
        return self.until - BELIEVED <= now < self.until


class Room:
    """Of all accounts, as one configuration has it."""

    def __init__(self, store: Store, directory: Directory, answer: Answer, clock: Callable[[], Timestamp]) -> None:
        self._store = store
        self._directory = directory
        self._answer = answer
        self._clock = clock
        self._seen: dict[AccountId, _Seen] = {}

    async def asked(self, addresses: Sequence[Address], size: int) -> Reply | None:
        """What is said where none of them has room for so many octets; None where one does.

        Suspends only where something is not known. Raises AccountsUnavailable.
        """
        unknown = self._unknown(addresses)
        if unknown:
            # In tasks of their own: the shell runs the first step of RCPT outside any.
            await asyncio.gather(*map(self._ask, unknown))
        return self._refusal(addresses, size)

    def _unknown(self, addresses: Iterable[Address]) -> set[AccountId]:
        now = self._clock()
        accounts = {account for each in addresses if (account := self._account(each)) is not None}
        return {each for each in accounts if each not in self._seen or not self._seen[each].holds(now)}

    def _refusal(self, addresses: Iterable[Address], size: int) -> Reply | None:
        first: Reply | None = None
        for address in addresses:
            full = self._full(address, size)
            if full is None:
                return None
            first = first or full
        return first

    def _account(self, address: Address) -> AccountId | None:
        found = self._directory.resolve(address)
        return found.account.id if isinstance(found, Known) else None

    async def _ask(self, account: AccountId) -> None:
        use: _Use = {}
        with contextlib.suppress(StoreUnavailable, NotPossible):
            use = await self._store.mail(account).quotas.usage()
        while len(self._seen) >= REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[account] = _Seen(use, Timestamp(self._clock() + BELIEVED))

    def _full(self, address: Address, size: int) -> Reply | None:
        account = self._account(address)
        seen = self._seen.get(account) if account is not None else None
        if seen is None:
            return None
        storage, messages = seen.use.get(Resource.STORAGE), seen.use.get(Resource.MESSAGES)
        if storage is not None and storage.limit is not None and size > storage.limit:
            text = f"the mailbox of {in_ascii(address)} never has room for a message of {size} octets"
            return reply(552, codes.TOO_BIG_FOR_MAILBOX, text)
        if _leaves(storage, size) and _leaves(messages, 1):
            return None
        if self._answer is Answer.NEVER:
            return reply(552, replace(codes.MAILBOX_FULL, klass=5), f"the mailbox of {in_ascii(address)} is full")
        return reply(452, codes.MAILBOX_FULL, f"the mailbox of {in_ascii(address)} is full; try again later")


def _leaves(usage: Usage | None, wanted: int) -> bool:
    """Whether so much more is within the limit; something always has to be left."""
    return usage is None or usage.limit is None or usage.used + max(1, wanted) <= usage.limit


def mailboxes_of_all(deliveries: Sequence[NewDelivery]) -> tuple[Address, ...]:
    """The recipients of a whole message, where all of them have mailboxes of ours: what fits into none is refused."""
    own = [d for d in deliveries if not d.copy]
    return tuple(d.recipient.address for d in own) if all(d.hop_key == _KEY for d in own) else ()


def mailboxes_of(placement: Placement) -> tuple[Address, ...]:
    """The recipients in the end, where each has a mailbox of ours; none where any goes elsewhere."""
    own = [d for d in placement.destinations if not d.copy and d.closed is None]
    if not all(d.route is not None and isinstance(d.route.action, Mailbox) for d in own):
        return ()
    return tuple(d.recipient.address for d in own)
