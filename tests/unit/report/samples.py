"""A message to report about, and a reader of reports that is not ours: Python's email package."""

import base64
import quopri
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from gateway.mail import message as mail
from gateway.mail.address import NULL_PATH, parse_address
from gateway.mail.codes import EnhancedCode
from gateway.mail.domain import parse_domain
from gateway.mail.envelope import MailOptions
from gateway.mail.octets import MemoryOctets
from gateway.mail.origin import Origin
from gateway.mail.reply import reply
from gateway.mail.units import OctetCount, Timestamp
from gateway.report.request import Action, Occasion, RecipientReport, ReportRequest

ORIGINAL = (
    b"From: Al <al@home.example>\r\nTo: bo@legacy.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Sun, 22 Nov 2026 00:00:00 +0000\r\nMessage-ID: <1@home.example>\r\n\r\nHello,\r\n.dots and all\r\n"
)
REFUSED = RecipientReport(
    recipient=parse_address("bo@legacy.example"),
    action=Action.FAILED,
    status=EnhancedCode(5, 1, 1),
    why="mx.legacy.example refused the recipient",
    host="mx.legacy.example",
    reply=reply(550, EnhancedCode(5, 1, 1), "no such user", "try someone else"),
    attempted=Timestamp(1795305700.0),
)


def request(
    *recipients: RecipientReport,
    to: str = "al@home.example",
    sender: str | None = None,
    occasion: Occasion = Occasion.FAILURE,
    octets: bytes = ORIGINAL,
    options: MailOptions | None = None,
    message_id: str = "<1@home.example>",
    limit: int = 1024 * 1024,
) -> ReportRequest:
    sender = to if sender is None else sender
    message = mail.Message(
        id=mail.QueueId("01ARRIVED00000"),
        received=Timestamp(1795305600.0),
        sender=parse_address(sender) if sender else NULL_PATH,
        options=options or MailOptions(),
        origin=Origin("mx", "192.0.2.7", helo="client.example"),
        size=len(octets),
        message_id=message_id,
    )
    return ReportRequest(
        to=parse_address(to),
        id=mail.QueueId("01REPORT000000"),
        occasion=occasion,
        reporter=parse_domain("mail.home.example"),
        message=message,
        octets=MemoryOctets(octets),
        recipients=recipients or (REFUSED,),
        now=Timestamp(1795305701.0),
        return_limit=OctetCount(limit),
    )


@dataclass(frozen=True)
class ReadPart:
    """One part as a reader finds it: its header, and its octets with the transfer encoding undone."""

    header: Message
    octets: bytes

    @property
    def type(self) -> str:
        return self.header.get_content_type()


@dataclass(frozen=True)
class ReadReport:
    """A report as a reader finds it."""

    header: Message
    parts: list[ReadPart]

    @property
    def text(self) -> str:
        return self.parts[0].octets.decode(str(self.parts[0].header.get_content_charset()))

    @property
    def groups(self) -> list[dict[str, str]]:
        """The status fields: of the message, then of each recipient; folds undone."""
        groups = self.parts[1].octets.decode().strip().split("\r\n\r\n")
        return [dict(line.split(": ", 1) for line in group.replace("\r\n ", " ").split("\r\n")) for group in groups]


def read(report: bytes) -> ReadReport:
    """Take a report apart."""
    head, _, body = report.partition(b"\r\n\r\n")
    header = BytesHeaderParser().parsebytes(head)
    boundary = b"--" + str(header.get_boundary()).encode()
    preamble, *pieces, end = (b"\r\n" + body).split(b"\r\n" + boundary)
    assert preamble == b""
    assert end == b"--\r\n"
    return ReadReport(header, [_part(piece.removeprefix(b"\r\n")) for piece in pieces])


def _part(piece: bytes) -> ReadPart:
    head, _, body = piece.partition(b"\r\n\r\n")
    header = BytesHeaderParser().parsebytes(head)
    match header.get("Content-Transfer-Encoding"):
        case "base64":
            return ReadPart(header, base64.b64decode(body))
        case "quoted-printable":
            return ReadPart(header, quopri.decodestring(body))
        case None | "8bit":
            return ReadPart(header, body)
        case other:
            raise AssertionError(other)
