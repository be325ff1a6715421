"""Reports, read by a reader that is not ours."""

from email import message_from_bytes
from email.message import Message

import pytest

from gateway.mail.address import parse_address
from gateway.mail.codes import EnhancedCode
from gateway.mail.envelope import MailOptions, OriginalRecipient, Ret
from gateway.mail.reply import reply
from gateway.mail.units import Timestamp
from gateway.report.build import build, build_as
from gateway.report.request import Action, Form, Occasion, RecipientReport
from tests.unit.report.samples import ORIGINAL, REFUSED, read, request

UTF8_RECIPIENT = RecipientReport(
    recipient=parse_address("jörg+x@bücher.example"),
    action=Action.FAILED,
    status=EnhancedCode(5, 6, 7),
    why="mx.legacy.example lacks SMTPUTF8, and the recipient's localpart is not ASCII",
    host="mx.legacy.example",
    original=OriginalRecipient("utf-8", "jörg+x@bücher.example"),
)


def test_python_finds_a_multipart_report_of_three_parts() -> None:
    message = message_from_bytes(build(request()).octets)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    types = [part.get_content_type() for part in message.get_payload() if isinstance(part, Message)]
    assert types == ["text/plain", "message/delivery-status", "message/rfc822"]
    assert message.defects == []


def test_header_fields() -> None:
    report = build(request())
    header = read(report.octets).header
    assert report.to == parse_address("al@home.example")
    assert header["To"] == "al@home.example"
    assert header["From"] == "Mail Delivery System <MAILER-DAEMON@mail.home.example>"
    assert header["Subject"] == "Your message could not be delivered to bo@legacy.example"
    assert header["Auto-Submitted"] == "auto-replied"
    assert header["In-Reply-To"] == header["References"] == "<1@home.example>"
    assert header["Message-ID"] == report.message_id == "<01REPORT000000@mail.home.example>"
    assert header["Date"] == "Sun, 22 Nov 2026 00:01:41 +0000"


@pytest.mark.parametrize("message_id", ["", "<jörg@x>", "<a b@x>", "no brackets", "<x>\r\nBcc: y@z"])
def test_a_message_id_that_is_none_is_not_referred_to(message_id: str) -> None:
    header = read(build(request(message_id=message_id)).octets).header
    assert "References" not in header
    assert "Bcc" not in header


def test_status_fields_of_a_failure() -> None:
    about_message, about_recipient = read(build(request()).octets).groups
    assert about_message == {
        "Reporting-MTA": "dns; mail.home.example",
        "Received-From-MTA": "dns; client.example (192.0.2.7)",
        "Arrival-Date": "Sun, 22 Nov 2026 00:00:00 +0000",
        "X-Gateway-Queue-Id": "01ARRIVED00000",
    }
    assert about_recipient == {
        "Final-Recipient": "rfc822; bo@legacy.example",
        "Action": "failed",
        "Status": "5.1.1",
        "Remote-MTA": "dns; mx.legacy.example",
        "Diagnostic-Code": "smtp; 550-5.1.1 no such user 550 5.1.1 try someone else",
        "Last-Attempt-Date": "Sun, 22 Nov 2026 00:01:40 +0000",
    }


def test_each_line_of_a_reply_begins_a_line_of_the_diagnostic_code() -> None:
    assert (
        b"Diagnostic-Code: smtp; 550-5.1.1 no such user\r\n 550 5.1.1 try someone else\r\n" in build(request()).octets
    )


def test_the_envelope_id_is_given_back_as_it_was() -> None:
    groups = read(build(request(options=MailOptions(envid="QQ+3  Case="))).octets).groups
    assert groups[0]["Original-Envelope-Id"] == "QQ+3  Case="


def test_orcpt_is_named_and_final_recipient_is_what_we_accepted() -> None:
    one = RecipientReport(
        recipient=parse_address("ops@home.example"),
        action=Action.FAILED,
        status=EnhancedCode(5, 1, 1),
        original=OriginalRecipient("rfc822", "Ops=Team@other.example"),
        sent_to=parse_address("bo@legacy.example"),
    )
    report = read(build(request(one)).octets)
    assert report.groups[1]["Original-Recipient"] == "rfc822; Ops=Team@other.example"
    assert report.groups[1]["Final-Recipient"] == "rfc822; ops@home.example"
    assert report.groups[1]["SMTP-Remote-Recipient"] == "rfc822; bo@legacy.example"
    assert "This address leads to <bo@legacy.example>." in report.text


def test_a_utf8_recipient_in_an_ascii_report() -> None:
    octets = build(request(UTF8_RECIPIENT)).octets
    assert octets.isascii()
    report = read(octets)
    assert report.groups[1]["Final-Recipient"] == r"utf-8; j\x{F6}rg\x{2B}x@b\x{FC}cher.example"
    assert report.groups[1]["Original-Recipient"] == r"utf-8; j\x{F6}rg\x{2B}x@b\x{FC}cher.example"
    assert report.groups[1]["Diagnostic-Code"] == f"x-gateway; {UTF8_RECIPIENT.why}"
    assert "<jörg+x@bücher.example>" in report.text
    assert "Ask the recipient for an address in plain ASCII" in report.text.replace("\r\n    ", " ")


def test_a_utf8_report_says_addresses_as_they_are() -> None:
    octets = build(request(UTF8_RECIPIENT, to="jürgen@home.example")).octets
    report = read(octets)
    assert [part.type for part in report.parts] == ["text/plain", "message/global-delivery-status", "message/rfc822"]
    assert report.header.get_param("report-type") == "global-delivery-status"
    assert "To: jürgen@home.example\r\n".encode() in octets
    assert report.groups[1]["Final-Recipient"] == "utf-8; jörg+x@bücher.example"
    assert report.groups[1]["Original-Recipient"] == "utf-8; jörg+x@bücher.example"


def test_a_utf8_address_is_left_out_of_the_header_of_an_ascii_report() -> None:
    octets = build_as(request(to="jürgen@home.example"), Form.ASCII).octets
    assert octets.isascii()
    assert read(octets).header["To"] == "undisclosed-recipients:;"


def test_remote_text_that_is_not_ascii() -> None:
    said = reply(550, None, "unbekannter Empfänger")
    one = RecipientReport(recipient=REFUSED.recipient, action=Action.FAILED, status=EnhancedCode(5, 0, 0), reply=said)
    assert read(build(request(one)).octets).groups[1]["Diagnostic-Code"] == r"smtp; 550 unbekannter Empf\x{E4}nger"
    native = read(build_as(request(one), Form.UTF8).octets).groups[1]
    assert native["Diagnostic-Code"] == r"smtp; 550 unbekannter Empf\x{E4}nger"
    assert native["Localized-Diagnostic"] == "und; unbekannter Empfänger"


def test_hostile_remote_text_stays_in_its_place() -> None:
    lines = ("a\r\n\r\nBcc: evil@example", "\x00\x1b[31m\u202e", "x" * 100_000, *("more",) * 1000)
    one = RecipientReport(
        recipient=REFUSED.recipient,
        action=Action.FAILED,
        status=EnhancedCode(5, 0, 0),
        why="w\r\nX: y" * 10_000,
        host="mx\r\nAction: delivered",
        reply=reply(550, None, *lines),
    )
    octets = build(request(one)).octets
    report = read(octets)
    assert len(report.groups) == 2
    assert report.groups[1]["Action"] == "failed"
    assert r"\x{00}\x{1B}[31m\x{202E}" in report.groups[1]["Diagnostic-Code"]
    assert "(983 lines more)" in report.groups[1]["Diagnostic-Code"]
    assert len(octets) < 20_000


def test_a_delay_says_until_when() -> None:
    one = RecipientReport(
        recipient=REFUSED.recipient,
        action=Action.DELAYED,
        status=EnhancedCode(4, 4, 1),
        why="no host of legacy.example answers",
        retry_until=Timestamp(1795737600.0),
    )
    report = read(build(request(one, occasion=Occasion.DELAY)).octets)
    assert report.header["Subject"] == "Your message is delayed on its way to bo@legacy.example"
    assert report.groups[1]["Will-Retry-Until"] == "Fri, 27 Nov 2026 00:00:00 +0000"
    assert "It will be tried until Fri, 27 Nov 2026" in report.text.replace("\r\n    ", " ")
    assert report.parts[2].type == "text/rfc822-headers"


def test_will_retry_until_is_for_delays_only() -> None:
    one = RecipientReport(
        recipient=REFUSED.recipient, action=Action.FAILED, status=EnhancedCode(4, 4, 7), retry_until=Timestamp(0.0)
    )
    assert "Will-Retry-Until" not in read(build(request(one)).octets).groups[1]


@pytest.mark.parametrize("action", [Action.DELIVERED, Action.RELAYED, Action.EXPANDED])
def test_success_returns_the_header_only_and_says_what_was_changed(action: Action) -> None:
    one = RecipientReport(
        recipient=REFUSED.recipient,
        action=action,
        status=EnhancedCode(2, 0, 0),
        host="mx.legacy.example",
        reply=reply(250, None, "queued"),
        changed=("header Subject to RFC 2047",),
    )
    report = read(build(request(one, occasion=Occasion.SUCCESS)).octets)
    assert report.groups[1]["Action"] == action
    assert "Changed on the way: header Subject to RFC 2047." in report.text
    assert report.parts[2].type == "text/rfc822-headers"
    assert report.parts[2].octets.rstrip() == ORIGINAL.partition(b"\r\n\r\n")[0]


def test_the_text_shows_the_subject_decoded() -> None:
    assert "Subject:      Grüße" in read(build(request()).octets).text


@pytest.mark.parametrize("subject", ["=?no-such-charset?q?x?=", "=?utf-8?b?!!!!?=", "=?utf-8?q?=FF?=", "=?" * 300])
def test_a_subject_that_cannot_be_decoded_is_shown_anyhow(subject: str) -> None:
    text = read(build(request(octets=f"Subject: {subject}\r\n\r\nx".encode())).octets).text
    assert "Subject:" in text


def test_several_recipients_in_one_report() -> None:
    report = read(build(request(REFUSED, UTF8_RECIPIENT)).octets)
    assert report.header["Subject"] == "Your message could not be delivered to 2 recipients"
    assert len(report.groups) == 3


@pytest.mark.parametrize("sender", ["al@home.example", None])
def test_a_copy_for_the_postmaster_says_whose_message_it_was(sender: str | None) -> None:
    report = read(build(request(to="postmaster@home.example", sender=sender or "")).octets)
    shown = sender or "nobody (a null sender)"
    assert f"as its postmaster, about a message from {shown}" in report.text.replace("\r\n", " ")
    assert report.header["Subject"].startswith("Message could not be delivered")


def test_hdrs_returns_the_header_only() -> None:
    report = read(build(request(options=MailOptions(ret=Ret.HDRS))).octets)
    assert report.parts[2].type == "text/rfc822-headers"
    assert "the header of the message follows it" in report.text.replace("\r\n", " ")
