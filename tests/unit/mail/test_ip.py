import ipaddress

import pytest

from gateway.mail.ip import in_networks, is_loopback, parse_ip

NETWORKS = (ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("FE80::1%eth0", "fe80::1"),
        ("2001:db8:0::1", "2001:db8::1"),
    ],
)
def test_addresses_are_read_in_any_form(text: str, read: str) -> None:
    assert str(parse_ip(text)) == read


@pytest.mark.parametrize("text", ["", "nonsense", "192.0.2", "[::1]", "127.0.0.1:25", "%eth0"])
def test_what_is_no_address_lies_nowhere(text: str) -> None:
    assert parse_ip(text) is None
    assert not is_loopback(text)
    assert not in_networks(text, (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("192.0.2.9", True),
        ("::ffff:192.0.2.9", True),
        ("2001:db8::1", True),
        ("198.51.100.1", False),
        ("::ffff:198.51.100.1", False),
        ("2001:db9::1", False),
    ],
)
def test_networks(text: str, inside: bool) -> None:
    assert in_networks(text, NETWORKS) is inside


@pytest.mark.parametrize("text", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine(text: str) -> None:
    assert is_loopback(text)


@pytest.mark.parametrize("text", ["128.0.0.1", "0.0.0.0", "::", "::2", "::ffff:10.0.0.1"])
def test_other_machines(text: str) -> None:
    assert not is_loopback(text)
