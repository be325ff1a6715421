"""Whether messages may come in, asked before they are sent: their size, their number, the quota."""

from typing import Final

from gateway.imap.config import ImapConfig
from gateway.imap.wire.completion import Refusal, refused
from gateway.store.errors import OverQuota, Resource
from gateway.store.protocol.emails import INLINE_LIMIT
from gateway.store.protocol.quotas import Quotas

HELD: Final = 32 * 1024 * 1024
"""Octets of the small messages of one command and of all summaries: in memory together until all are stored."""
_SUMMARY: Final = 2048
"""What a message takes beside its octets, roughly."""


def saved_at_once(config: ImapConfig) -> int | None:
    """How many messages one command may bring into a mailbox (RFC 9738)."""
    limits = [each for each in (config.message_limit, config.save_limit) if each is not None]
    return min(limits, default=None)


def too_many(most: int) -> Refusal:
    """To be raised: all or nothing is saved."""
    return refused(f"one command brings at most {most} messages into a mailbox", b"MESSAGELIMIT %d" % most)


class Weight:
    """What the messages of one command take in memory together."""

    def __init__(self) -> None:
        self._held = 0

    def add(self, message: int) -> None:
        """One more, of so many octets. Raises Refusal."""
        self._held += _SUMMARY + (message if message <= INLINE_LIMIT else 0)
        if self._held > HELD:
            raise refused(f"one command takes no more than {HELD} octets of small messages: send another", b"LIMIT")


class Room:
    """Of one command. `limit`: octets of a message (APPENDLIMIT, RFC 7889); `messages`: how many of them; `freed`:
    octets of the message that is replaced, which is counted as gone (RFC 8508 3.4)."""

    def __init__(self, quotas: Quotas, limit: int, messages: int | None, freed: int | None = None) -> None:
        self._quotas = quotas
        self._limit = limit
        self._messages = messages
        self._freed = freed
        self._asked = False
        self._octets: OverQuota | None = None
        self._count: OverQuota | None = None
        self._weight = Weight()
        self._taken = 0
        self._number = 0

    async def more(self, size: int, message: int) -> None:
        """That much more of a message, which has then `message` octets in all. Raises Refusal, OverQuota."""
        if message > self._limit:
            raise refused(f"a message has at most {self._limit} octets", b"TOOBIG")
        await self._ask()
        self._taken += size
        for quota, wanted in ((self._octets, self._taken), (self._count, self._number)):
            if quota is not None and quota.used + wanted > quota.limit:
                raise quota

    def another(self) -> None:
        """A message comes. Raises Refusal."""
        self._number += 1
        if self._messages is not None and self._number > self._messages:
            raise too_many(self._messages)

    def complete(self, message: int) -> None:
        """It is here, with so many octets. Raises Refusal."""
        self._weight.add(message)

    async def _ask(self) -> None:
        if self._asked:
            return
        self._asked = True
        usage = await self._quotas.usage()
        octets, messages = usage[Resource.STORAGE], usage[Resource.MESSAGES]
        if octets.limit is not None:
            self._octets = OverQuota(Resource.STORAGE, octets.limit, octets.used - (self._freed or 0))
        if messages.limit is not None:
            self._count = OverQuota(Resource.MESSAGES, messages.limit, messages.used - (self._freed is not None))
