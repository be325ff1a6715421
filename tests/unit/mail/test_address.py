import pytest

from gateway.mail.address import BadAddress, parse_address, parse_local_part
from gateway.mail.domain import BadDomain, parse_domain


def test_u_label_and_a_label_are_the_same_domain() -> None:
    assert parse_domain("bücher.example") == parse_domain("XN--BCHER-KVA.example")
    assert parse_domain("bücher.example").ascii == "xn--bcher-kva.example"
    assert parse_domain("xn--bcher-kva.example").unicode == "bücher.example"


def test_mapping_is_non_transitional() -> None:
    assert parse_domain("straße.example").ascii == "xn--strae-oqa.example"
    assert parse_domain("BÜCHER.Example").ascii == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text", ["", "a..b", ".a", "a.", "-a.example", "a b", "a\r\nb", "a" * 64, "[1.2.3]", "[1.2.3.4", "ü" * 70]
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(BadDomain):
        parse_domain(text)


def test_address_literals() -> None:
    assert parse_domain("[192.0.2.1]").is_literal
    assert parse_domain("[IPv6:2001:DB8::1]") == parse_domain("[ipv6:2001:db8:0::1]")


def test_a_localpart_is_never_changed() -> None:
    decomposed = "jo\u0308rg@b\u00fccher.example"
    address = parse_address(decomposed)
    assert address.local.text == "jo\u0308rg"
    assert address.wire == decomposed
    assert not address.is_ascii


def test_an_ascii_localpart_goes_out_with_a_labels() -> None:
    assert parse_address("info@bücher.example").wire == "info@xn--bcher-kva.example"


def test_two_spellings_of_a_localpart_have_one_key() -> None:
    assert parse_address('"al"@home.example').key == parse_address("AL@HOME.example").key
    assert parse_address(r'"a\"b c"@x.example').local.value == 'a"b c'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@x.example",
        "a@",
        ".a@x.example",
        "a.@x.example",
        "a..b@x.example",
        "a b@x.example",
        '"a@x.example',
        "a\r\nRCPT@x.example",
        "a\x00@x.example",
        '"a\n"@x.example',
        "a<b@x.example",
        "\x85@x.example",
        "a" * 2000 + "@x.example",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(text)


def test_the_faulty_side_is_known() -> None:
    with pytest.raises(BadAddress) as caught:
        parse_address("a@b..c")
    assert caught.value.in_domain
    with pytest.raises(BadAddress) as caught:
        parse_local_part("a b")
    assert not caught.value.in_domain
