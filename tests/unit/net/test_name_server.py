import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.net.name_server import parse_server


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:DB8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5", ("2001:db8::1", 5)),
        ("fe80::1%eth0", ("fe80::1%eth0", 53)),
    ],
)
def test_an_address_with_or_without_a_port(text: str, read: tuple[str, int]) -> None:
    assert parse_server(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ns.example",
        "ns.example:53",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2",
        "[]",
        "*:53",
        "[::1]x",
    ],
)
def test_what_is_no_name_server(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_server(text)


@given(st.text(alphabet="0123456789abc.:[]% ٣", max_size=30))
def test_any_text_is_a_server_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        address, port = parse_server(text)
        assert parse_server(f"[{address}]:{port}") == (address, port)
