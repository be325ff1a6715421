"""Whatever header an account sends: nobody is shown an author who is not one, and nobody a blind recipient."""

from email import message_from_bytes
from email.errors import HeaderParseError
from email.headerregistry import AddressHeader
from email.policy import SMTPUTF8

from hypothesis import example, given
from hypothesis import strategies as st
from typing_extensions import override

from gateway.accounts.model import Account, GrantKind, Role
from gateway.auth.authenticator import AccountId
from gateway.mail.address import Address, BadAddress, parse_address
from gateway.mail.reply import Reply
from gateway.mail.units import Timestamp
from gateway.mime.header import field_at, lines
from gateway.relay.no_accounts import NoAccounts
from gateway.relay.prefix import without_blind
from gateway.relay.senders import Senders
from tests.property.test_mailboxes import FIELDS, MOSTLY_LEGAL

OWN = parse_address("al@a.example")
BOSS = parse_address("boss@a.example")
NAMES = [
    "From",
    "FROM",
    "from ",
    "From\t",
    "Sender",
    "Resent-From",
    "Subject",
    "To",
    "bcc",
    "BCC ",
    "Resent-Bcc",
    " From",
]
ENDS = ["\r\n", "\r\n", "\r\n", "\r\n ", "\r\n\t", "\n", "\r", "", "\x0b", "\x0c", "\x1c", "\u2028", "\x85"]
VALUES = st.one_of(
    FIELDS, MOSTLY_LEGAL, st.sampled_from(["al@a.example", "Al <al@a.example>", "boss@a.example", "ceo@bank.example"])
)
LINES = st.builds("{}:{}{}".format, st.sampled_from(NAMES), VALUES, st.sampled_from(ENDS))
HEADERS = st.lists(LINES, min_size=1, max_size=5).map("".join)


class OneAccount(NoAccounts):
    """al@a.example, who writes for boss@a.example too."""

    @override
    def may_send_as(self, account: AccountId, address: Address) -> GrantKind | None:
        rights = {OWN.key: GrantKind.SEND_AS, BOSS.key: GrantKind.ON_BEHALF}
        return rights.get(address.key)

    @override
    def account(self, account: AccountId) -> Account | None:
        return Account(account, OWN, (OWN,), "", Role.USER, Timestamp(0))


SENDERS = Senders(OneAccount(), AccountId(1))


def shown(header: bytes, name: str) -> set[str]:
    """The addresses that Python's own reader of mail finds in all fields of this name."""
    try:
        fields = message_from_bytes(header + b"\r\n", policy=SMTPUTF8).get_all(name, [])
        found = [each.addr_spec for field in fields if isinstance(field, AddressHeader) for each in field.addresses]
    except (AttributeError, IndexError, ValueError, HeaderParseError):
        return set()  # It breaks on some fields itself.
    return {spec for spec in found if "@" in spec}


def key(spec: str) -> str:
    try:
        return parse_address(spec.encode("utf-8", "surrogateescape").decode("utf-8", "replace")).key
    except BadAddress:
        return spec


@example("From: al@a.example\r\nFrom: ceo@bank.example\r\n")
@example("From: al@a.example\x0bFrom: ceo@bank.example\r\n")
@example("From: boss@a.example\r\n")
@given(HEADERS)
def test_no_foreign_author_passes(text: str) -> None:
    header = text.encode("utf-8", "surrogatepass")
    judged = SENDERS.judged(header)
    if isinstance(judged, Reply):
        assert judged.permanent
        judged.wire()
        assert judged.text.isascii()
        return
    authors = {key(spec) for spec in shown(header, "From")}
    assert authors <= {OWN.key, BOSS.key}
    assert {key(spec) for spec in shown(judged + header, "Sender")} <= {OWN.key}
    if BOSS.key in authors:
        assert shown(judged + header, "Sender")


@example("bCc :a@b.example,\r\n\tc@d.example\r\nFrom: al@a.example\r\n")
@given(HEADERS)
def test_no_blind_recipient_is_told(text: str) -> None:
    header = text.encode("utf-8", "surrogatepass")
    body = b"\r\nBcc: of the body\r\n"
    left = without_blind(header + body, len(header))
    assert left.endswith(body)
    head = left.removesuffix(body)
    fields = [field_at(head, start, stop, 0) for start, stop in lines(head)]
    assert not {field.name.lower() for field in fields if field} & {"bcc", "resent-bcc"}
    assert without_blind(left, len(head)) == left
