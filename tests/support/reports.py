"""Delivery status notifications as a sender's mail program reads them (RFC 3464, RFC 6533)."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

from gateway.cli.sink.server import Received


@dataclass(frozen=True, slots=True)
class Notification:
    """What a DSN says. `recipients`: (action, status, final recipient) of each; `text`: the part for people."""

    subject: str
    text: str
    recipients: tuple[tuple[str, str, str], ...]
    kinds: tuple[str, ...]
    whole: Message

    @property
    def statuses(self) -> set[str]:
        return {status for _, status, _ in self.recipients}


def read_notification(message: Received) -> Notification:
    """Read one. Raises AssertionError for what is no well-formed DSN."""
    assert message.sender == "", f"a report has to come from <>, this came from {message.sender}"
    whole = message_from_bytes(message.octets)
    assert whole.get_content_type() == "multipart/report"
    assert whole.get_param("report-type") in ("delivery-status", "delivery-status ")
    assert whole["Auto-Submitted"], "RFC 3834: a report says that no person wrote it"
    parts = whole.get_payload()
    assert isinstance(parts, list)
    human, status = parts[0], parts[1]
    assert isinstance(human, Message)
    assert isinstance(status, Message)
    text = human.get_payload(decode=True)
    assert isinstance(text, bytes)
    kinds = tuple(part.get_content_type() for part in parts if isinstance(part, Message))
    return Notification(str(whole["Subject"]), text.decode(), _recipients(status), kinds, whole)


def _recipients(status: Message) -> tuple[tuple[str, str, str], ...]:
    """The groups of fields after the first (RFC 3464 2.3)."""
    groups = _groups(status)
    return tuple(
        (group["Action"].strip().lower(), group["Status"].split()[0], group["Final-Recipient"].strip())
        for group in groups[1:]
    )


def _groups(status: Message) -> list[Message]:
    payload = status.get_payload()
    if isinstance(payload, list):
        return [each for each in payload if isinstance(each, Message)]
    octets = status.get_payload(decode=True)
    assert isinstance(octets, bytes)
    blocks = octets.replace(b"\r\n", b"\n").strip().split(b"\n\n")
    return [message_from_bytes(block + b"\n\n") for block in blocks]
