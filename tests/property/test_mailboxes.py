"""What a mail client would show as an address was looked at, or the field is refused."""

from email import message_from_bytes
from email.errors import HeaderParseError
from email.headerregistry import AddressHeader
from email.policy import SMTPUTF8

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.mail.address import Address, BadAddress, parse_address
from gateway.rewrite.mailboxes import Ambiguous, mailboxes

ADDRESSES = ["al@a.example", "ceo@bank.example", '"c e o"@bank.example', "jörg@bücher.example", "x@[192.0.2.1]"]
PIECES = [
    *ADDRESSES,
    *(f"<{address}>" for address in ADDRESSES),
    *'<>@,;:()[]\\".=?',
    *("al", "a.example", "ceo", "bank.example", "@x.example:", "(c)", "(a \\) <b@c.example>)", '"q, \\" q"', "team:"),
    *(
        "=?utf-8?q?ceo?=",
        "=?utf-8?b?PGNlb0BiYW5rLmV4YW1wbGU+?=",
        "=?utf-8?q?<ceo=40bank.example>?=",
        "=?us-ascii?q?=2C?=",
    ),
    *(" ", "\t", "\r\n ", "\r\n\t", ", ", "ø", "\u3000", "\u00a0", "＠", "\x0b", "\x1c"),
]
BLANKS = st.sampled_from(["", " ", "\r\n ", " (c) ", "(<ceo@bank.example>)", "\t"])
NAMES = st.sampled_from(["Al", '"A, l"', "=?utf-8?q?J=C3=B6rg?=", "J. A. L.", "al@a.example", '"ceo@bank.example"', ""])
SPECS = st.builds("{1}{0}{2}".format, st.sampled_from(ADDRESSES), BLANKS, BLANKS)
MAILBOXES = st.one_of(
    SPECS,
    st.builds("{}{}<{}>{}".format, NAMES, BLANKS, SPECS, BLANKS),
    st.builds("{}<@x.example,@y.example:{}>".format, NAMES, SPECS),
)
LISTS = st.lists(MAILBOXES, max_size=3).map(",".join)
GROUPS = st.builds("{}{}:{};{}".format, NAMES, BLANKS, LISTS, BLANKS)
MOSTLY_LEGAL = st.lists(st.one_of(MAILBOXES, GROUPS, st.sampled_from(PIECES)), max_size=4).map(",".join)
FIELDS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join)


def shown(value: bytes) -> list[str]:
    """What Python's own reader of mail makes of it."""
    try:
        field = message_from_bytes(b"From: " + value + b"\r\n\r\n", policy=SMTPUTF8)["From"]
        specs = [each.addr_spec for each in field.addresses] if isinstance(field, AddressHeader) else []
    except (AttributeError, IndexError, ValueError, HeaderParseError):
        return []  # It breaks on some fields itself.
    return [spec.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for spec in specs if "@" in spec]


def read(text: str) -> Address | None:
    try:
        return parse_address(text)
    except BadAddress:
        return None


@example("=?utf-8?q?ceo?=@bank.example <al@a.example>")
@example('"=?utf-8?q?ceo?="@bank.example')
@example("al@a.example (<ceo@bank.example>), x: <ceo@bank.example>;")
@given(st.one_of(FIELDS, MOSTLY_LEGAL))
def test_no_address_is_overlooked(text: str) -> None:
    value = text.encode("utf-8", "surrogatepass")
    try:
        found = {address.key for address in mailboxes(value)}
    except Ambiguous:
        return
    for spec in shown(value):
        address = read(spec)
        assert address is not None, spec
        assert address.key in found, (spec, found)


@given(st.binary(max_size=200))
def test_any_octets_are_answered(value: bytes) -> None:
    refusal = "none"
    try:
        mailboxes(value)
    except Ambiguous as error:
        refusal = str(error)
    assert refusal
    assert refusal.isascii()
