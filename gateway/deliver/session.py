"""A session with one host, as the relay holds it."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace

from typing_extensions import override

from gateway.deliver.config import DeliverConfig
from gateway.deliver.conversation import Conversation
from gateway.deliver.exchange import Exchange
from gateway.deliver.probe import ask_about
from gateway.deliver.verdict import Refusal, loss
from gateway.mail.address import ReversePath
from gateway.mail.capabilities import Capabilities
from gateway.mail.codes import SYSTEM_TROUBLE
from gateway.mail.envelope import Body, Recipient
from gateway.mail.need import Extension
from gateway.mail.outcome import Deferred, Failed, Outcome
from gateway.mail.reply import Reply
from gateway.relay.transport import Endpoint, Session, Transaction
from gateway.smtp.extensions.limits import announced_limits


@dataclass(frozen=True, slots=True)
class Keeper:
    """What a session asks of its transport."""

    reopen: Callable[[], Coroutine[object, object, Conversation | Deferred | Failed]]
    """A fresh connection to the same host, in place of one that has ended."""
    keep: Callable[[Conversation], None]
    """The session is over."""


class SmtpSession(Session):
    """Used by one task at a time, and not after `release`."""

    __slots__ = ("_config", "_conversation", "_keeper", "_lmtp", "_released")

    def __init__(self, conversation: Conversation, keeper: Keeper, config: DeliverConfig, *, lmtp: bool) -> None:
        self._conversation = conversation
        self._keeper = keeper
        self._config = config
        self._lmtp = lmtp
        self._released = False

    @property
    @override
    def endpoint(self) -> Endpoint:
        return self._conversation.endpoint

    @property
    @override
    def capabilities(self) -> Capabilities:
        return self._conversation.capabilities

    @override
    async def send(self, transaction: Transaction) -> Sequence[Outcome]:
        limit = self._recipient_limit()
        if len(transaction.recipients) <= limit:
            return await self._send(transaction)
        outcomes: list[Outcome] = []
        for start in range(0, len(transaction.recipients), limit):
            outcomes += await self._send(_part(transaction, start, limit))
        return outcomes

    async def _send(self, transaction: Transaction) -> Sequence[Outcome]:
        """A kept connection that turns out to be dead is nobody's fault: the same again on a fresh one, once."""
        outcomes, begun = await self._attempt(transaction)
        if begun or not (self._conversation.transactions and self._conversation.broken):
            return outcomes
        fresh = await self._keeper.reopen()
        if isinstance(fresh, Deferred | Failed):
            return [fresh] * len(transaction.recipients)
        self._conversation = fresh
        lacking = _lacking(transaction, fresh.capabilities)
        if lacking:
            return [self._changed(lacking)] * len(transaction.recipients)
        return (await self._attempt(transaction))[0]

    async def _attempt(self, transaction: Transaction) -> tuple[Sequence[Outcome], bool]:
        """The outcomes, and whether the host may have any octet of the message."""
        conversation = self._conversation
        if conversation.broken:
            return [loss(conversation.broken, conversation.endpoint.name)] * len(transaction.recipients), False
        exchange = Exchange(conversation, transaction, self._config, lmtp=self._lmtp)
        conversation.busy = True
        whole = False
        try:
            outcomes = await exchange.run()
            whole = not conversation.answered
        except OSError as error:
            why = f"the message cannot be read: {error.strerror or error}"
            outcomes = [Deferred(SYSTEM_TROUBLE, why)] * len(transaction.recipients)
        finally:
            conversation.busy = False
            if not whole:
                conversation.abort()
        return outcomes, exchange.begun

    @override
    async def verify(self, sender: ReversePath, recipient: Recipient) -> Reply | None:
        conversation = self._conversation
        conversation.busy = True
        try:
            return await ask_about(conversation, sender, recipient, self._config.timeouts.command)
        finally:
            conversation.busy = False
            if conversation.stale:
                conversation.abort()

    def _changed(self, lacking: Extension) -> Refusal:
        host = self.endpoint.name
        return loss(f"the host, asked again, no longer offers {lacking}", host)

    def _recipient_limit(self) -> int:
        announced = announced_limits(self.capabilities) if "LIMITS" in self.capabilities else {}
        return min(self._config.recipients_per_transaction, announced.get("RCPTMAX", 1_000_000))

    @override
    def release(self) -> None:
        if not self._released:
            self._released = True
            self._keeper.keep(self._conversation)


def _part(transaction: Transaction, start: int, count: int) -> Transaction:
    """Some of its recipients; all else is repeated."""
    return replace(transaction, recipients=transaction.recipients[start : start + count])


def _lacking(transaction: Transaction, capabilities: Capabilities) -> Extension | None:
    """What the transaction says and the host does not offer. 8BITMIME is the policy's affair: it may be sent anyway."""
    wanted = (
        (Extension.SMTPUTF8, transaction.smtputf8),
        (Extension.REQUIRETLS, transaction.requiretls),
        (Extension.BINARYMIME, transaction.body is Body.BINARYMIME),
    )
    return next((each for each, said in wanted if said and not capabilities.offers(each)), None)
