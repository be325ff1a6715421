import pytest

from gateway.mail.address import parse_address
from gateway.mail.nexthop import Host
from gateway.route.header_rules import HeaderLine, HeaderName
from gateway.route.patterns import DomainPattern, LmtpPlace, Mailboxes, RelayRef, SenderPattern, host_port, parse_host
from gateway.route.when import TimeOfDay


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("mx.example", Host("mx.example", 25)),
        ("mx.example:2525", Host("mx.example", 2525)),
        ("192.0.2.1:26", Host("192.0.2.1", 26)),
        ("[2001:db8::1]:26", Host("2001:db8::1", 26)),
        ("[::1]", Host("::1", 25)),
    ],
)
def test_hosts(text, host):
    assert parse_host(text) == host
    assert parse_host(host_port(host)) == host


@pytest.mark.parametrize(
    "text", ["", ":25", "a:", "a:0", "a:65536", "a:x", "::1", "[::1", "[x]:1", "[::1]25x", "a b:1"]
)
def test_what_is_no_host(text):
    with pytest.raises(ValueError, match=r"."):
        parse_host(text)


def test_mailboxes_are_one_address_or_all_of_a_domain():
    assert str(Mailboxes.parse("@Old.example")) == "@old.example"
    assert Mailboxes.parse("Al@old.example").key == "al@old.example"
    new = Mailboxes.parse("@new.example").applied(parse_address("al@old.example"))
    assert new == parse_address("al@new.example")


def test_patterns_are_shown_as_written():
    assert str(DomainPattern.parse("*.bücher.example")) == "*.bücher.example"
    assert str(DomainPattern.parse("xn--bcher-kva.example")) == "bücher.example"
    assert str(SenderPattern.parse("<>")) == "<>"
    assert str(LmtpPlace.parse("/run/lmtp")) == "/run/lmtp"
    assert str(LmtpPlace.parse("127.0.0.1")) == "127.0.0.1:24"
    assert str(TimeOfDay.parse("6:05")) == "06:05"


def test_a_relay_is_named_unless_it_has_a_colon():
    assert RelayRef.parse("legacy").host is None
    assert RelayRef.parse("legacy:25").host == Host("legacy", 25)


@pytest.mark.parametrize("text", ["24:00", "12:60", "12", "1:2", "aa:bb", "-1:00", "123:00"])
def test_what_is_no_time_of_day(text):
    with pytest.raises(ValueError, match="no time of day"):
        TimeOfDay.parse(text)


@pytest.mark.parametrize("text", ["X Y", "X:", "", "Grüße", "Received", "content-type", "X\r\nY"])
def test_header_fields_that_a_route_may_not_touch(text):
    with pytest.raises(ValueError, match=r"no name|not for routes"):
        HeaderName.parse(text)


def test_header_values_are_one_line():
    assert HeaderLine.parse("yes, really").text == "yes, really"
    with pytest.raises(ValueError, match="one line"):
        HeaderLine.parse("a\r\nX: b")
