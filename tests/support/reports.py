"""Delivery status notifications as a sender's mail program reads them (RFC 3464, RFC 6533)."""

from dataclasses import dataclass
from email import message_from_bytes

from gateway.cli.sink.server import Received
from tests.support.reader import Part, parse


@dataclass(frozen=True, slots=True)
class Notification:
    """What a DSN says. `recipients`: (action, status, final recipient) of each; `text`: the part for people."""

    subject: str
    text: str
    recipients: tuple[tuple[str, str, str], ...]
    whole: Part

    @property
    def statuses(self) -> set[str]:
        return {status for _, status, _ in self.recipients}


def read_notification(message: Received) -> Notification:
    """Read one. Raises AssertionError for what is no well-formed DSN."""
    assert message.sender == "", f"a report has to come from <>, this came from {message.sender}"
    whole = parse(message.octets)
    assert whole.kind == "multipart/report"
    assert whole.field("Auto-Submitted"), "RFC 3834: a report says that no person wrote it"
    human, status = whole.inside[:2]
    assert human.kind == "text/plain"
    assert status.kind in ("message/delivery-status", "message/global-delivery-status")
    kind = message_from_bytes(b"Content-Type: " + (whole.field("Content-Type") or b"")).get_param("report-type")
    assert kind == status.kind.partition("/")[2], "RFC 6522 3: the subtype of the second part"
    text = human.content.decode()
    return Notification(whole.text("Subject"), text, _recipients(status.content), whole)


def _recipients(status: bytes) -> tuple[tuple[str, str, str], ...]:
    """The groups of fields after the first (RFC 3464 2.3)."""
    groups = [parse(block + b"\r\n\r\n") for block in status.strip().split(b"\r\n\r\n")]
    found = ((each.text("Action").lower(), each.text("Status"), each.text("Final-Recipient")) for each in groups[1:])
    return tuple((action, code.split()[0], final) for action, code, final in found)
