import pytest

from gateway.inspect.needs import needs_of
from gateway.inspect.result import Inspection
from gateway.mail.address import NULL_PATH, parse_address
from gateway.mail.envelope import Body, MailOptions, Recipient
from gateway.mail.need import NOTHING, Extension, Finding, Need, Where

PLAIN = Inspection(100, Body.SEVENBIT)
UTF8 = Inspection(100, Body.SEVENBIT, headers=(Finding(Where.HEADER, "", "Subject", 9, 11),))
NOBODY = ()
NO_OPTIONS = MailOptions()
ASCII = parse_address("al@home.example")
U_LABEL = parse_address("al@bücher.example")
LOCAL = parse_address("jörg@home.example")


def to(*texts: str) -> tuple[Recipient, ...]:
    return tuple(Recipient(parse_address(text)) for text in texts)


@pytest.mark.parametrize("sender", [NULL_PATH, ASCII, U_LABEL])
def test_plain_mail_needs_the_shared_nothing(sender) -> None:
    assert needs_of(PLAIN, sender, to("bo@bücher.example"), NO_OPTIONS) is NOTHING


def test_what_the_client_asked_for_is_no_need() -> None:
    asked = MailOptions(body=Body.BINARYMIME, smtputf8=True)
    assert needs_of(PLAIN, ASCII, NOBODY, asked) is NOTHING


def test_a_header_needs_smtputf8_and_says_why() -> None:
    assert needs_of(UTF8, ASCII, NOBODY, NO_OPTIONS).by_extension == {
        Extension.SMTPUTF8: Need(Extension.SMTPUTF8, UTF8.headers)
    }


def test_a_sender_and_a_recipient_need_smtputf8() -> None:
    because = (
        needs_of(PLAIN, LOCAL, to("a@b.example", "é@b.example"), NO_OPTIONS).by_extension[Extension.SMTPUTF8].because
    )
    assert [finding.where for finding in because] == [Where.SENDER, Where.RECIPIENT]


@pytest.mark.parametrize(
    ("body", "extension"),
    [(Body.EIGHTBITMIME, Extension.EIGHTBITMIME), (Body.BINARYMIME, Extension.BINARYMIME)],
)
def test_the_body_needs_the_one_extension_that_says_most(body: Body, extension: Extension) -> None:
    finding = Finding(Where.BODY, "1", None, 3, 9, "octets over 127")
    needs = needs_of(Inspection(9, body, body_findings=(finding,)), ASCII, NOBODY, NO_OPTIONS)
    assert needs.by_extension == {extension: Need(extension, (finding,))}


def test_malformed_and_raw_headers_need_nothing() -> None:
    finding = Finding(Where.HEADER, "", "Subject", 9, 10)
    found = Inspection(9, Body.SEVENBIT, raw_headers=(finding,), malformed=(finding,))
    assert needs_of(found, ASCII, NOBODY, NO_OPTIONS) is NOTHING


def test_requiretls_is_needed_when_asked_for() -> None:
    needs = needs_of(PLAIN, ASCII, NOBODY, MailOptions(requiretls=True))
    assert needs.extensions == {Extension.REQUIRETLS}
    assert needs.by_extension[Extension.REQUIRETLS].because[0].where is Where.REQUEST


@pytest.mark.parametrize(("smtputf8", "extensions"), [(True, {Extension.SMTPUTF8}), (False, set())])
def test_under_strict_a_request_is_a_demand(smtputf8: bool, extensions: set[Extension]) -> None:
    assert needs_of(PLAIN, ASCII, NOBODY, MailOptions(smtputf8=smtputf8), strict=True).extensions == extensions
