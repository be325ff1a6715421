"""A report as a message: multipart/report with three parts (RFC 3461 6.2, RFC 6522 3)."""

import re
from dataclasses import dataclass
from typing import Final, assert_never

from gateway.mail.address import Address
from gateway.report.field import HARD, field, unfolded
from gateway.report.part import part
from gateway.report.request import Form, Occasion, RecipientReport, ReportRequest
from gateway.report.returned_part import returned_part
from gateway.report.status_part import status_part
from gateway.report.text_part import text_part
from gateway.rewrite.date_time import date_time

_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,250}>")
_SHORT: Final = 60


@dataclass(frozen=True, slots=True)
class Report:
    """To be sent from `<>` to `to` (RFC 3461 6.1), without RET, with NOTIFY=NEVER if anything."""

    to: Address
    octets: bytes
    message_id: str


def build(request: ReportRequest) -> Report:
    """The report in the form that suits its addressee. Costs a copy of what is returned, in bounds."""
    return build_as(request, request.form)


def build_as(request: ReportRequest, form: Form) -> Report:
    """The report in a given form; both say the same."""
    parts = [
        part(text_part(request), form),
        part(status_part(request, form), form),
        part(returned_part(request), form),
    ]
    boundary = _boundary(request, parts)
    message_id = f"<{request.id}@{request.reporter.ascii}>"
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, one) for one in parts)
    octets = b"%b\r\n%b--%b--\r\n" % (_header(request, form, message_id, boundary), body, boundary)
    return Report(request.to, octets, message_id)


def _header(request: ReportRequest, form: Form, message_id: str, boundary: bytes) -> bytes:
    kind = "delivery-status" if form is Form.ASCII else "global-delivery-status"
    original = request.message.message_id
    fields = [
        field("Date", date_time(request.now)),
        field("From", f"Mail Delivery System <MAILER-DAEMON@{request.reporter.ascii}>"),
        _to(request.to, form),
        field("Subject", _subject(request)),
        field("Message-ID", message_id),
    ]
    if _MESSAGE_ID.fullmatch(original):
        fields += [unfolded("In-Reply-To", original), unfolded("References", original)]
    fields += [
        field("Auto-Submitted", "auto-replied"),  # RFC 3834 5: no responder answers it
        field("MIME-Version", "1.0"),
        field("Content-Type", f'multipart/report; report-type={kind}; boundary="{boundary.decode()}"'),
    ]
    if form is Form.UTF8:
        fields.append(field("Content-Transfer-Encoding", "8bit"))
    return b"".join(fields)


def _to(to: Address, form: Form) -> bytes:
    """An address that the form cannot say is left to the envelope (a group without members, RFC 5322 3.4)."""
    if (to.is_ascii or form is Form.UTF8) and len(to.wire.encode()) <= HARD:
        return unfolded("To", to.wire)
    return field("To", "undisclosed-recipients:;")


def _subject(request: ReportRequest) -> str:
    whose = "Message" if request.is_copy else "Your message"
    match request.occasion:
        case Occasion.FAILURE:
            return f"{whose} could not be delivered to {_whom(request.recipients)}"
        case Occasion.DELAY:
            return f"{whose} is delayed on its way to {_whom(request.recipients)}"
        case Occasion.SUCCESS:
            return f"{whose} was passed on to {_whom(request.recipients)}"
        case _:
            assert_never(request.occasion)


def _whom(recipients: tuple[RecipientReport, ...]) -> str:
    if len(recipients) != 1:
        return f"{len(recipients)} recipients"
    address = recipients[0].recipient
    return address.wire if address.is_ascii and len(address.wire) <= _SHORT else "its recipient"


def _boundary(request: ReportRequest, parts: list[bytes]) -> bytes:
    """Not in any part. Nobody outside knows the report's id before, so that the first one nearly always fits."""
    boundary = b"=_%b" % request.id.encode()
    while any(boundary in one for one in parts):
        boundary += b"_"
    return boundary
