import pytest

from gateway.mail.capabilities import Capabilities
from gateway.mail.units import OctetCount
from gateway.smtp.errors import ProtocolError
from gateway.smtp.extensions import EXTENSIONS
from gateway.smtp.extensions.base import Offer
from gateway.smtp.extensions.chunking import Chunk, read_chunk, write_chunk
from gateway.smtp.extensions.limits import announced_limits


def announced(offer: Offer) -> list[str]:
    return [line for extension in EXTENSIONS if (line := extension.announce(offer))]


def test_in_the_clear() -> None:
    assert announced(Offer(OctetCount(1000), 5, tls_possible=True, under_tls=False)) == [
        "PIPELINING",
        "SIZE 1000",
        "STARTTLS",
        "ENHANCEDSTATUSCODES",
        "8BITMIME",
        "SMTPUTF8",
        "DSN",
        "CHUNKING",
        "BINARYMIME",
        "DELIVERBY",
        "MT-PRIORITY",
        "LIMITS RCPTMAX=5",
    ]


def test_under_tls() -> None:
    lines = announced(Offer(OctetCount(1000), 5, tls_possible=True, under_tls=True))
    assert "STARTTLS" not in lines
    assert "REQUIRETLS" in lines


def test_without_a_certificate() -> None:
    assert "STARTTLS" not in announced(Offer(OctetCount(1000), 5, tls_possible=False, under_tls=False))


@pytest.mark.parametrize(
    ("text", "chunk"), [("0 LAST", Chunk(0, True)), ("86", Chunk(86, False)), ("9 last", Chunk(9, True))]
)
def test_chunks(text: str, chunk: Chunk) -> None:
    assert read_chunk(text) == chunk
    assert read_chunk(write_chunk(chunk).decode().removeprefix("BDAT ").removesuffix("\r\n")) == chunk


@pytest.mark.parametrize("text", ["", "x", "-1", "1 FIRST", "1 LAST x", "9" * 19, "١"])
def test_no_chunk(text: str) -> None:
    with pytest.raises(ProtocolError):
        read_chunk(text)


def test_limits_of_a_host() -> None:
    host = Capabilities({"LIMITS": "RCPTMAX=20 mailmax=5 RCPTDOMAINMAX=0 X=1234567 junk"})
    assert announced_limits(host) == {"RCPTMAX": 20, "MAILMAX": 5}
    assert announced_limits(Capabilities({})) == {}
