import pytest

from gateway.mail.address import NULL_PATH, LocalPart, parse_address
from gateway.mail.codes import BAD_RECIPIENT_SYNTAX, BAD_SENDER_SYNTAX
from gateway.smtp.errors import ProtocolError
from gateway.smtp.mail_parameters import parse_mail
from gateway.smtp.path import format_path, forward_path, reverse_path, split_path


@pytest.mark.parametrize(
    ("text", "path", "rest"),
    [
        ("<a@b.example>", "<a@b.example>", ""),
        ("<a@b.example> SIZE=1", "<a@b.example>", "SIZE=1"),
        ("<>  RET=FULL ", "<>", "RET=FULL"),
        ('<"a> b"@c.example> X=1', '<"a> b"@c.example>', "X=1"),
        (r'<"a\">b"@c.example>', r'<"a\">b"@c.example>', ""),
        ("a@b.example SIZE=1", "<a@b.example>", "SIZE=1"),
    ],
)
def test_split(text: str, path: str, rest: str) -> None:
    assert split_path(text) == (path, rest)


@pytest.mark.parametrize("text", ["<a@b.example", "<a@b.example>SIZE=1", '<"a@b.example> SIZE=1', ""])
def test_no_path(text: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_mail(f"FROM:{text}")
    assert (refused.value.reply.code, refused.value.reply.status) == (501, BAD_SENDER_SYNTAX)


@pytest.mark.parametrize(
    "path",
    [
        "<@relay.example:a@b.example>",
        "<@relay.example,@[192.0.2.1],@[IPv6:2001:db8::1]:a@b.example>",
    ],
)
def test_source_routes_are_ignored(path: str) -> None:
    assert forward_path(path) == parse_address("a@b.example")


def test_the_null_path_is_for_senders_only() -> None:
    assert reverse_path("<>") is NULL_PATH
    with pytest.raises(ProtocolError):
        forward_path("<>")


def test_unqualified() -> None:
    assert forward_path("<postmaster>") == LocalPart("postmaster")


@pytest.mark.parametrize(
    "path", ["<a b@c.example>", "<a@>", "<@b.example>", "<a@b..c>", "<a\x00@b.example>", "<<a@b.example>>"]
)
def test_bad_recipients_are_told_so(path: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        forward_path(path)
    assert (refused.value.reply.code, refused.value.reply.status) == (501, BAD_RECIPIENT_SYNTAX)


def test_a_long_bad_address_makes_a_short_reply() -> None:
    with pytest.raises(ProtocolError) as refused:
        forward_path(f"<{'a b' * 300}@c.example>")
    assert len(refused.value.reply.wire()) < 512


@pytest.mark.parametrize(
    ("address", "wire"),
    [("jörg@bücher.example", "<jörg@bücher.example>"), ("a@bücher.example", "<a@xn--bcher-kva.example>")],
)
def test_format(address: str, wire: str) -> None:
    assert format_path(parse_address(address)) == wire
