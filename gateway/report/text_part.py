"""The part of a report that people read (RFC 6522 3): what happened, to whom, what the server said, what to do."""

import textwrap
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Final, assert_never

from gateway.mail.address import Address
from gateway.mime.header import HeaderBlock, header_block
from gateway.mime.structure import Bounds
from gateway.report.advice import advice
from gateway.report.part import Content
from gateway.report.request import Action, Occasion, RecipientReport, ReportRequest
from gateway.report.returned_part import HEADER_LIMIT, returns_all
from gateway.report.safe import LONGEST, one_line, reply_lines
from gateway.rewrite.date_time import date_time

WIDTH: Final = 76
_BOUNDS: Final = Bounds(header_octets=HEADER_LIMIT)


def text_part(request: ReportRequest) -> Content:
    """Plain text; its charset is US-ASCII where that is enough."""
    paragraphs = [_opening(request), *_recipients(request), _message(request), _closing(request)]
    text = "\n\n".join(paragraphs) + "\n"
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Content(f"text/plain; charset={charset}", text.replace("\n", "\r\n").encode(), "What happened")


def _opening(request: ReportRequest) -> str:
    opening = f"This is the mail system at {request.reporter.ascii}."
    if request.is_copy:
        sender = str(request.message.sender) or "nobody (a null sender)"
        opening += f" You get this as its postmaster, about a message from {sender}."
    return f"{_wrap(opening)}\n\n{_wrap(_summary(request))}"


def _summary(request: ReportRequest) -> str:
    whose = "The" if request.is_copy else "Your"
    match request.occasion:
        case Occasion.FAILURE:
            return f"{whose} message could not be delivered to the recipients below. It will not be tried again."
        case Occasion.DELAY:
            return (
                f"{whose} message has not yet been delivered to the recipients below. This is only a warning: it "
                "stays in our queue and is tried again and again. You need not send it once more."
            )
        case Occasion.SUCCESS:
            return f"{whose} message was passed on for the recipients below, and you asked to be told."
        case _:
            assert_never(request.occasion)


def _recipients(request: ReportRequest) -> Iterator[str]:
    for one in request.recipients:
        yield "\n".join([f"  <{_shown(one.recipient)}>", *(f"    {line}" for line in _story(one))])


def _story(one: RecipientReport) -> Iterator[str]:
    if one.sent_to is not None:
        yield from _lines(f"This address leads to <{_shown(one.sent_to)}>.")
    yield from _lines(_fate(one))
    if one.reply is not None and not one.reply.positive:
        yield from _lines(f"The server {one_line(one.host)} said:" if one.host else "The server said:")
        status = f"{one.reply.status} " if one.reply.status else ""
        for line in reply_lines(one.reply.lines):
            yield from (f"  {piece}" for piece in _lines(f"{one.reply.code} {status}{line}"))
    if one.why and not _repeats(one):
        yield from _lines(f"Why: {one_line(one.why)}")
    if one.changed:
        yield from _lines(f"Changed on the way: {one_line('; '.join(one.changed))}.")
    if one.action is Action.FAILED:
        yield from _lines(f"What you can do: {advice(one.status)}")


def _fate(one: RecipientReport) -> str:
    match one.action:
        case Action.FAILED:
            return f"Not delivered (status {one.status})."
        case Action.DELAYED:
            until = f" It will be tried until {date_time(one.retry_until)}." if one.retry_until is not None else ""
            return f"Not delivered yet (status {one.status}).{until}"
        case Action.DELIVERED:
            return "Delivered to the mailbox."
        case Action.RELAYED:
            host = one_line(one.host) or "the next server"
            if one.reports_on:
                return f"Passed on to {host}."
            return f"Passed on to {host}, which does not report when it is delivered: no further news will follow."
        case Action.EXPANDED:
            return "Delivered to this address, and forwarded by it to several others."
        case _:
            assert_never(one.action)


def _repeats(one: RecipientReport) -> bool:
    """Whether our reason only quotes the server."""
    return one.reply is not None and one.reply.text in one.why


def _message(request: ReportRequest) -> str:
    header = header_block(request.octets, _BOUNDS)
    rows = [
        ("Subject", _decoded(header, "Subject")),
        ("From", _decoded(header, "From")),
        ("Date", _decoded(header, "Date")),
        ("Message-ID", one_line(request.message.message_id)),
        ("Arrived here", date_time(request.message.received)),
        ("Queue id", request.message.id),
    ]
    lines = [f"  {name + ':':<14}{value}" for name, value in rows if value]
    return "\n".join(["The message:", *lines])


def _decoded(header: HeaderBlock, name: str) -> str:
    """A field as people read it: RFC 2047 decoded, in bounds."""
    raw = (header.first(name) or b"")[: LONGEST * 2].decode("utf-8", "replace")
    try:
        return one_line(str(make_header(decode_header(raw)))) or one_line(raw)
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return one_line(raw)


def _closing(request: ReportRequest) -> str:
    what = "message" if returns_all(request) else "header of the message"
    return _wrap(f"The next part of this report is for programs; the {what} follows it.")


def _shown(address: Address) -> str:
    return one_line(str(address))


def _wrap(text: str) -> str:
    return "\n".join(_lines(text, WIDTH))


def _lines(text: str, width: int = WIDTH - 4) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
