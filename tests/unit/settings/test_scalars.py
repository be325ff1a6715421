from ipaddress import ip_address as ip
from ipaddress import ip_network

import pytest

from gateway.mail.codes import NO_SUCH_MAILBOX
from gateway.mail.units import Rate, Seconds
from gateway.settings import scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90", 90),
        ("90s", 90),
        ("5m", 300),
        ("4h", 14_400),
        ("5d", 432_000),
        ("1w", 604_800),
        ("250ms", 0.25),
        ("1.5h", 5400),
    ],
)
def test_spans_of_time(text, value):
    assert scalars.seconds(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("512", 512), ("512B", 512), ("64KiB", 65_536), ("20MB", 20_000_000), ("50MiB", 52_428_800), ("1g", 10**9)],
)
def test_sizes(text, value):
    assert scalars.octets(text) == value


@pytest.mark.parametrize(("text", "value"), [("600/m", Rate(600, Seconds(60))), ("10/s", Rate(10, Seconds(1)))])
def test_rates(text, value):
    assert scalars.rate(text) == value


def test_other_values():
    assert [scalars.truth(text) for text in ("yes", "On", "TRUE", "no", "off", "false")] == [True] * 3 + [False] * 3
    assert scalars.whole("42") == 42
    assert scalars.number("1.5") == 1.5
    assert scalars.enhanced_code("5.1.1") == NO_SUCH_MAILBOX
    assert scalars.network("10.0.0.0/8") == ip_network("10.0.0.0/8")
    assert scalars.ip_address("::1") == ip("::1")
    assert scalars.text_of("grüße") == "grüße"


@pytest.mark.parametrize(
    ("read", "text", "why"),
    [
        (scalars.seconds, "5 minutes", "'5 minutes' is no span of time such as 90s, 5m, 4h or 5d"),
        (scalars.seconds, "-5m", "'-5m' is no span of time such as 90s, 5m, 4h or 5d"),
        (scalars.seconds, "22:00", "'22:00' is no span of time such as 90s, 5m, 4h or 5d"),
        (scalars.octets, "50 Mio", "'50 Mio' is no size such as 512, 64KiB or 50MiB"),
        (scalars.octets, "9" * 400, "is no size"),
        (scalars.rate, "600", "'600' is no rate such as 10/s, 600/m or 5000/h"),
        (scalars.rate, "0/m", "'0/m' is no rate"),
        (scalars.truth, "maybe", "'maybe' is neither true nor false"),
        (scalars.whole, "-1", "'-1' is no whole number"),
        (scalars.whole, "١٢", "is no whole number"),
        (scalars.number, "1e9", "'1e9' is no number"),
        (scalars.enhanced_code, "5.1", "'5.1' is no enhanced status code such as 5.1.1"),
        (
            scalars.network,
            "10.0.0.1/8",
            "is no network such as 10.0.0.0/8 or 2001:db8::/32: 10.0.0.1/8 has host bits set",
        ),
        (scalars.ip_address, "localhost", "'localhost' is no IP address"),
        (scalars.text_of, "", "a text that is not empty"),
        (scalars.text_of, "a\nb", "has no control characters"),
    ],
)
def test_what_cannot_be_read_says_why(read, text, why):
    with pytest.raises(ValueError, match=r".") as caught:
        read(text)
    assert why in str(caught.value)
