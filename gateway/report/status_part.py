"""The machine-readable part of a report: message/delivery-status (RFC 3464 2) and its UTF-8 sister (RFC 6533 4.1)."""

from gateway.mail.address import Address
from gateway.mail.envelope import HoldFor, HoldUntil, OriginalRecipient
from gateway.mail.message import Message
from gateway.mail.reply import Reply
from gateway.mail.rfc3339 import rfc3339
from gateway.report.field import field, unfolded
from gateway.report.part import Content
from gateway.report.request import Action, Form, RecipientReport, ReportRequest
from gateway.report.safe import ascii_line, one_line, reply_lines
from gateway.rewrite.date_time import date_time
from gateway.smtp.xtext import encode_ascii_unitext


def status_part(request: ReportRequest, form: Form) -> Content:
    """The fields of the message, then those of each recipient, each group after an empty line."""
    groups = [_message_fields(request), *(_recipient_fields(one, form) for one in request.recipients)]
    kind = "delivery-status" if form is Form.ASCII else "global-delivery-status"
    return Content(f"message/{kind}", b"\r\n".join(groups), "Delivery report")


def _message_fields(request: ReportRequest) -> bytes:
    message = request.message
    fields = []
    if message.options.envid is not None:
        fields.append(unfolded("Original-Envelope-Id", _identifier(message.options.envid)))
    fields.append(unfolded("Reporting-MTA", f"dns; {request.reporter.ascii}"))
    fields += _received_from(message)
    fields.append(field("Arrival-Date", date_time(message.received)))
    fields += _times_asked(message)
    fields.append(field("X-Gateway-Queue-Id", message.id))
    return b"".join(fields)


def _times_asked(message: Message) -> list[bytes]:
    """By when it was to be delivered (RFC 2852 5), and how long to be held (RFC 4865 5.1.2)."""
    fields = []
    at = message.options.deadline(message.received)
    if at is not None:
        fields.append(field("Deliver-By-Date", date_time(at)))
    match message.options.hold:
        case HoldFor(seconds=seconds):
            fields.append(field("Future-Release-Request", f"for;{seconds}"))
        case HoldUntil(moment=moment):
            fields.append(field("Future-Release-Request", f"until;{rfc3339(moment)}"))
        case None:
            pass
    return fields


def _received_from(message: Message) -> list[bytes]:
    """RFC 3464 2.2.4: the name of HELO, and the client's address as a comment."""
    origin = message.origin
    if not origin.helo or not origin.ip:
        return []
    return [field("Received-From-MTA", f"dns; {ascii_line(origin.helo)} ({ascii_line(origin.ip)})")]


def _recipient_fields(one: RecipientReport, form: Form) -> bytes:
    fields = []
    if one.original is not None:
        fields.append(unfolded("Original-Recipient", _original(one.original, form)))
    fields.append(unfolded("Final-Recipient", _typed(one.recipient, form)))
    fields.append(field("Action", one.action))
    fields.append(field("Status", str(one.status)))
    if one.host:
        fields.append(field("Remote-MTA", f"dns; {ascii_line(one.host)}"))
    fields += _diagnostic(one, form)
    if one.attempted is not None:
        fields.append(field("Last-Attempt-Date", date_time(one.attempted)))
    if one.retry_until is not None and one.action is Action.DELAYED:
        fields.append(field("Will-Retry-Until", date_time(one.retry_until)))
    if one.sent_to is not None:
        fields.append(unfolded("SMTP-Remote-Recipient", _typed(one.sent_to, form)))
    return b"".join(fields)


def _diagnostic(one: RecipientReport, form: Form) -> list[bytes]:
    """What the remote said (RFC 3461 9.2), or where none was asked, what we say."""
    if one.reply is None:
        return [field("Diagnostic-Code", f"x-gateway; {ascii_line(one.why)}")] if one.why else []
    said = _transcript(one.reply)
    fields = [field("Diagnostic-Code", f"smtp; {ascii_line(said[0])}", *(ascii_line(line) for line in said[1:]))]
    if form is Form.UTF8 and not one.reply.text.isascii():
        fields.append(field("Localized-Diagnostic", f"und; {one_line(one.reply.text)}"))
    return fields


def _transcript(reply: Reply) -> list[str]:
    lines = reply_lines(reply.lines) or [""]
    status = f"{reply.status} " if reply.status else ""
    last = len(lines) - 1
    return [f"{reply.code}{' ' if i == last else '-'}{status}{line}" for i, line in enumerate(lines)]


def _typed(address: Address, form: Form) -> str:
    if address.is_ascii:
        return f"rfc822; {address.wire}"
    return f"utf-8; {_utf8_address(address.wire, form)}"


def _original(original: OriginalRecipient, form: Form) -> str:
    kind = ascii_line(original.kind)
    if kind == "utf-8":
        return f"{kind}; {_utf8_address(original.address, form)}"
    return f"{kind}; {_identifier(original.address)}"


def _utf8_address(text: str, form: Form) -> str:
    r"""RFC 6533 3: as it is where UTF-8 may be said, else with `\x{HEX}` (utf-8-addr-xtext)."""
    return one_line(text) if form is Form.UTF8 and len(text) < 250 else encode_ascii_unitext(text)


def _identifier(text: str) -> str:
    """Printable ASCII that is passed on as it is; anything else, which our parameter reader refuses, is escaped."""
    return text if text.isascii() and text.isprintable() else ascii_line(text)
