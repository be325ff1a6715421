"""Whatever a message holds and a server says, a report is ASCII in short lines, and can be read."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.address import parse_address
from gateway.mail.codes import EnhancedCode
from gateway.mail.envelope import MailOptions, OriginalRecipient
from gateway.mail.reply import reply
from gateway.report.build import build, build_as
from gateway.report.request import Action, Form, RecipientReport
from tests.unit.report.samples import read, request

LOCALS = st.text(
    st.characters(min_codepoint=0xA1, exclude_categories=("C", "Z")) | st.sampled_from("ab+=-"), min_size=1
)
STRANGE = st.text(max_size=300)


@st.composite
def recipients(draw: st.DrawFn) -> RecipientReport:
    return RecipientReport(
        recipient=parse_address(f"{draw(LOCALS)}@bücher.example"),
        action=draw(st.sampled_from(Action)),
        status=EnhancedCode(5, 1, 1),
        why=draw(STRANGE),
        original=draw(st.none() | st.builds(OriginalRecipient, st.sampled_from(["rfc822", "utf-8", "x"]), STRANGE)),
        host=draw(STRANGE),
        reply=draw(st.none() | st.lists(STRANGE, max_size=5).map(lambda lines: reply(550, None, *lines))),
    )


MESSAGES = st.binary(max_size=400) | st.builds(
    lambda subject, body: f"Subject: {subject}\r\n\r\n{body}".encode("utf-8", "replace"), STRANGE, STRANGE
)


@given(st.lists(recipients(), min_size=1, max_size=3), MESSAGES, st.none() | STRANGE)
def test_ascii_reports_are_ascii_and_readable(told: list[RecipientReport], octets: bytes, envid: str | None) -> None:
    report = build(request(*told, octets=octets, options=MailOptions(envid=envid))).octets
    assert report.isascii()
    assert b"\0" not in report
    assert report.replace(b"\r\n", b"").translate(None, b"\r\n") == report.replace(b"\r\n", b"")
    assert max(map(len, report.split(b"\r\n"))) <= 998
    found = read(report)
    assert len(found.parts) == 3
    assert len(found.groups) == 1 + len(told)
    assert [group["Action"] for group in found.groups[1:]] == [one.action for one in told]


@given(st.lists(recipients(), min_size=1, max_size=3), MESSAGES)
def test_utf8_reports_are_utf8_and_readable(told: list[RecipientReport], octets: bytes) -> None:
    report = build_as(request(*told, octets=octets), Form.UTF8).octets
    assert max(map(len, report.split(b"\r\n"))) <= 998
    assert len(read(report).groups) == 1 + len(told)
