"""Everything that carries mail away, as one transport: mailboxes of our own, or other hosts."""

from collections.abc import Sequence

from typing_extensions import override

from gateway.mail.nexthop import MailboxHop, NextHop
from gateway.mail.outcome import Deferred, Failed
from gateway.relay.transport import Endpoint, Session, Transport


class Transports(Transport):
    """Picks by the kind of hop."""

    def __init__(self, hosts: Transport, mailboxes: Transport) -> None:
        self._hosts = hosts
        self._mailboxes = mailboxes

    @override
    async def endpoints(self, hop: NextHop) -> Sequence[Endpoint] | Deferred | Failed:
        return await self._for(hop).endpoints(hop)

    @override
    async def open(self, hop: NextHop, endpoint: Endpoint) -> Session | Deferred | Failed:
        return await self._for(hop).open(hop, endpoint)

    @override
    def kept(self, hop: NextHop) -> Session | None:
        return self._for(hop).kept(hop)

    def _for(self, hop: NextHop) -> Transport:
        return self._mailboxes if isinstance(hop, MailboxHop) else self._hosts
