"""Mailboxes as the relay uses them (`gateway.relay.transport.Transport`): always there, one host, no connections."""

from collections.abc import Sequence

from typing_extensions import override

from gateway.deliver.local.means import Means
from gateway.deliver.local.session import ENDPOINT, MailboxSession
from gateway.mail.nexthop import NextHop
from gateway.mail.outcome import Deferred, Failed
from gateway.relay.transport import Endpoint, Session, Transport


class MailboxTransport(Transport):
    """For one event loop."""

    def __init__(self, means: Means) -> None:
        self.means = means

    @override
    async def endpoints(self, hop: NextHop) -> Sequence[Endpoint] | Deferred | Failed:
        return (ENDPOINT,)

    @override
    async def open(self, hop: NextHop, endpoint: Endpoint) -> Session | Deferred | Failed:
        return MailboxSession(self.means)

    @override
    def kept(self, hop: NextHop) -> Session | None:
        return MailboxSession(self.means)
