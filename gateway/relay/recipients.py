"""Asking the next hop whether it knows a recipient, so that unknown ones are refused at RCPT and never bounce."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.mail import codes
from gateway.mail.address import NULL_PATH, Address
from gateway.mail.envelope import Recipient
from gateway.mail.nexthop import NextHop
from gateway.mail.outcome import Deferred, Failed
from gateway.mail.reply import Reply, reply
from gateway.mail.units import Timestamp
from gateway.relay.config import AcceptConfig
from gateway.relay.router import Destination, Placement
from gateway.relay.transport import Endpoint, Transport

REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class _Answer:
    refusal: Reply | None
    until: Timestamp


class CallOuts:
    """Asks with a transaction that ends after RCPT. Without an answer in time, the recipient is accepted."""

    def __init__(self, transport: Transport, clock: Callable[[], Timestamp]) -> None:
        self._transport = transport
        self._clock = clock
        self._answers: dict[str, _Answer] = {}

    async def ask(self, config: AcceptConfig, placement: Placement) -> Reply | None:
        """The refusal to give, or None."""
        asked = _only_one(placement)
        if asked is None or not asked.recipient.address.is_ascii:
            return None
        address = asked.recipient.address
        hop = asked.route.next_hop(address) if asked.route else None
        if hop is None:
            return None
        key = f"{hop.key} {address.key}"
        known = self._answers.get(key)
        if known is not None and self._clock() < known.until:
            return known.refusal
        try:
            async with asyncio.timeout(config.call_out_timeout):
                refusal, sure = await self._verify(hop, address)
        except TimeoutError:
            return None
        if sure:
            lifetime = config.call_out_cache / (10 if refusal else 1)
            self._remember(key, _Answer(refusal, Timestamp(self._clock() + lifetime)))
        return refusal

    def _remember(self, key: str, answer: _Answer) -> None:
        while len(self._answers) >= REMEMBERED:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = answer

    async def _verify(self, hop: NextHop, address: Address) -> tuple[Reply | None, bool]:
        endpoints = await self._transport.endpoints(hop)
        if isinstance(endpoints, (Deferred, Failed)):
            return None, False
        for endpoint in endpoints:
            answer = await self._verify_at(hop, endpoint, address)
            if answer is not None:
                return (_refusal(answer) if answer.permanent else None), answer.positive or answer.permanent
        return None, False

    async def _verify_at(self, hop: NextHop, endpoint: Endpoint, address: Address) -> Reply | None:
        session = await self._transport.open(hop, endpoint)
        if isinstance(session, (Deferred, Failed)):
            return None
        try:
            return await session.verify(NULL_PATH, Recipient(address))
        finally:
            session.release()


def _only_one(placement: Placement) -> Destination | None:
    """The one mailbox that a recipient leads to; whoever stands for several is known here."""
    found = [d for d in placement.destinations if not d.copy]
    return found[0] if len(found) == 1 and not placement.undecided else None


def _refusal(answer: Reply) -> Reply:
    text = answer.text.encode("ascii", "replace").decode("ascii")[:200]
    return reply(550, codes.NO_SUCH_MAILBOX, f"the next hop does not know this recipient: {answer.code} {text}")
