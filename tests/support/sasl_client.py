"""One log-in against an exchange, without any protocol around it."""

from gateway.auth.authenticator import Circumstances, Service
from gateway.auth.mechanisms import start
from gateway.auth.sasl import Channel, Step
from gateway.mail.origin import Tls
from tests.support.fake_authenticator import FakeAuthenticator

TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
AROUND = Circumstances(Service.SMTP, "submission", "192.0.2.9", TLS)
CHANNEL = Channel(AROUND)


async def log_in(
    name: str, authenticator: FakeAuthenticator, *responses: bytes | None, channel: Channel = CHANNEL
) -> list[Step]:
    """What the server answers to each response."""
    exchange = start(name, channel, authenticator)
    assert exchange is not None
    return [await exchange.step(response) for response in responses]
