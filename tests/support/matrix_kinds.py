"""The kinds of message of the wire matrix, each with what is true of it. Nothing here asks the gateway.

`@@` in octets and addresses stands for the number of the case; `DOMAIN` for the domain that leads to the hop.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Content(Enum):
    """What the innermost bodies hold."""

    SEVEN = auto()
    EIGHT = auto()
    BINARY = auto()


class Header(Enum):
    """What the header fields hold, of the message and of all that is in it."""

    ASCII = auto()
    UTF8 = auto()
    """Has an ASCII form: RFC 2047, RFC 2231, A-labels; or it stands in a message that can be encoded whole."""
    UTF8_FOREVER = auto()
    """Has none (RFC 6531 3.2)."""
    GLOBAL = auto()
    """UTF-8 only inside of a message/global: an encoding hides it (RFC 6532 3.7)."""
    RAW = auto()
    """Octets that are not UTF-8."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `signed`: what is not ASCII stands inside multipart/signed."""

    name: str
    octets: bytes
    header: Header = Header.ASCII
    content: Content = Content.SEVEN
    signed: bool = False
    sender: str = "s@@@sender.example"
    recipients: tuple[str, ...] = ("r@@@DOMAIN",)
    aliases: tuple[tuple[str, str], ...] = ()
    """ASCII aliases that the configuration has for UTF-8 addresses."""
    notify: str = ""


_USUAL = (
    "From: Al <al@home.example>",
    "To: ops@legacy.example",
    "Subject: report @@",
    "Message-ID: <case-@@@client.example>",
)


def _message(*fields: str, body: str | bytes = "All is well.\r\n", mime: str = "") -> bytes:
    names = {field.partition(":")[0].lower() for field in fields}
    usual = [each for each in _USUAL if each.partition(":")[0].lower() not in names]
    head = ["Date: Fri, 21 Nov 2025 10:00:00 +0000", *usual, *fields]
    if mime:
        head += ["MIME-Version: 1.0", *mime.split("\n")]
    octets = body.encode() if isinstance(body, str) else body
    return "".join(f"{line}\r\n" for line in head).encode() + b"\r\n" + octets


def _multipart(*parts: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--=_bound\r\n{part}\r\n" for part in parts) + "--=_bound--\r\n"
    return _message(body=body, mime=f'Content-Type: multipart/{kind}; boundary="=_bound"')


_TEXT = "Content-Type: text/plain; charset=us-ascii\r\n\r\nSee below."
_TEXT8 = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße aus München"
_UTF8 = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
_INNER = "From: Jörg <j@home.example>\r\nSubject: Grüße\r\nMessage-ID: <inner@home.example>\r\n\r\nInside.\r\n"
_INNER_ASCII = "From: J <j@home.example>\r\nSubject: plain\r\nContent-Type: text/plain; charset=utf-8\r\n"
_INNER_8 = _INNER_ASCII + "Content-Transfer-Encoding: 8bit\r\n\r\nInnen: Grüße.\r\n"
_SIGNED = 'signed; micalg=sha-256; protocol="application/pgp-signature"'
_SIGNATURE = "Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\niQ==\r\n-----END-----"
_ALERT_BODY = "Alerts firing: =E3=83=87=E3=82=A3=E3=82=B9=E3=82=AF=\r\n and so on=20\r\n"
_ALERT_MIME = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: quoted-printable"
_JAPANESE = "東京サーバのディスクの空き容量が少なくなっています。至急確認してください。" * 3
_ODD = ".\r\n..\r\n. \r\n\r\n" + "x" * 990 + "\r\ntrailing blanks   \r\n\ttab\r\nFrom the start\r\n.end\r\n\r\n\r\n"
_UTF8_ATTACHMENT = (
    'Content-Type: text/plain; name="Zürich.txt"\r\nContent-Disposition: attachment; filename="Zürich.txt"'
)
_BOTH_NAMES = "Content-Disposition: attachment; filename=\"Zürich.txt\";\r\n filename*=utf-8''Z%C3%BCrich.txt"
_PLAIN_NAME = "Content-Disposition: attachment; filename*=utf-8''Z%C3%BCrich.txt"

_OLD_TRACE = "from a by b with UTF8SMTP for <jörg@home.example>; Fri, 21 Nov 2025 09:59:59 +0000"
_GLOBAL_64 = "Content-Type: message/global\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogR3LDvMOfZQ0KDQpYLg0K"
_RFC822_8BIT = f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{_INNER_8}"
_OCTETS = "Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary"
_ENCODED = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= @@"
_SENDER, _ASCII_SENDER = "jörg@@@utf8-sender.example", "joerg@@@utf8-sender.example"

KINDS: tuple[Kind, ...] = (
    Kind("ascii", _message()),
    Kind("ascii-octets-kept", _message("X-Odd:   blanks \t", "x-CaSe: a\r\n\tfolded\r\n  twice", body=_ODD)),
    Kind("ascii-no-body", _message(body=b"")),
    Kind("ascii-encoded-words", _message(_ENCODED, body=_ALERT_BODY, mime=_ALERT_MIME)),
    Kind("ascii-2231-filename", _multipart(_TEXT, f"Content-Type: text/plain\r\n{_PLAIN_NAME}\r\n\r\nplain")),
    Kind("utf8-subject", _message("Subject: Grüße @@"), Header.UTF8),
    Kind("utf8-subject-long", _message(f"Subject: {_JAPANESE} @@"), Header.UTF8),
    Kind("utf8-subject-folded", _message("Subject: Grüße\r\n aus München\r\n\tund anderswo @@"), Header.UTF8),
    Kind("utf8-phrase", _message("From: Jörg Müller <al@home.example>"), Header.UTF8),
    Kind("utf8-quoted-phrase", _message('To: "Müller, Jörg" <j@home.example>, "B. Ü" <b@home.example>'), Header.UTF8),
    Kind("utf8-comment", _message("Cc: a@home.example (Abteilung Bücher)"), Header.UTF8),
    Kind("utf8-domain-in-header", _message("Cc: Al <al@bücher.example>"), Header.UTF8),
    Kind("utf8-own-field", _message("X-Ort: Zürich (links)"), Header.UTF8),
    Kind(
        "utf8-received-for",
        _message(f"Received: {_OLD_TRACE}"),
        Header.UTF8,
    ),
    Kind(
        "utf8-and-8bit",
        _message("Subject: Grüße @@", body="Grüße aus München\r\n", mime=_UTF8),
        Header.UTF8,
        Content.EIGHT,
    ),
    Kind("utf8-filename", _multipart(_TEXT, f"{_UTF8_ATTACHMENT}\r\n\r\nplain"), Header.UTF8),
    Kind(
        "utf8-filename-both", _multipart(_TEXT, f"Content-Type: text/plain\r\n{_BOTH_NAMES}\r\n\r\nplain"), Header.UTF8
    ),
    Kind(
        "utf8-part-description",
        _multipart("Content-Description: Überblick\r\n\r\ntext", _TEXT8),
        Header.UTF8,
        Content.EIGHT,
    ),
    Kind("utf8-nested-rfc822", _multipart(_TEXT, f"Content-Type: message/rfc822\r\n\r\n{_INNER}"), Header.UTF8),
    Kind("utf8-address-in-header", _message("Cc: jörg@home.example"), Header.UTF8_FOREVER),
    Kind("utf8-message-id", _message("Message-ID: <fäll-@@@client.example>"), Header.UTF8_FOREVER),
    Kind("utf8-references", _message("References: <früher@home.example>"), Header.UTF8_FOREVER),
    Kind("global-identity", _multipart(_TEXT, f"Content-Type: message/global\r\n\r\n{_INNER}"), Header.GLOBAL),
    Kind(
        "global-base64",
        _multipart(
            _TEXT,
            _GLOBAL_64,
        ),
    ),
    Kind("8bit", _message(body="Grüße aus München\r\n", mime=_UTF8), content=Content.EIGHT),
    Kind("8bit-in-multipart", _multipart(_TEXT, _TEXT8), content=Content.EIGHT),
    Kind(
        "8bit-in-rfc822",
        _multipart(_TEXT, f"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{_INNER_8}"),
        content=Content.EIGHT,
    ),
    Kind(
        "binary",
        _message(body=bytes(range(256)) * 8, mime=_OCTETS),
        content=Content.BINARY,
    ),
    Kind("signed-7bit", _multipart(_TEXT, _SIGNATURE, kind=_SIGNED)),
    Kind("signed-8bit", _multipart(_TEXT8, _SIGNATURE, kind=_SIGNED), content=Content.EIGHT, signed=True),
    Kind(
        "signed-utf8-part",
        _multipart(f"{_UTF8_ATTACHMENT}\r\n\r\nplain", _SIGNATURE, kind=_SIGNED),
        Header.UTF8,
        signed=True,
    ),
    Kind("raw-latin1-subject", _message().replace(b"report @@", "Grüße @@".encode("latin-1")), Header.RAW),
    Kind("utf8-sender", _message(), sender=_SENDER),
    Kind(
        "utf8-sender-aliased",
        _message(),
        sender=_SENDER,
        aliases=(("jörg@@@utf8-sender.example", "joerg@@@utf8-sender.example"),),
    ),
    Kind("utf8-recipient", _message(), recipients=("jörg@@@DOMAIN",)),
    Kind(
        "utf8-recipient-aliased",
        _message(),
        recipients=("jörg@@@DOMAIN",),
        aliases=(("jörg@@@DOMAIN", "joerg@@@DOMAIN"),),
    ),
    Kind("utf8-recipient-beside-ascii", _message(), recipients=("r@@@DOMAIN", "jörg@@@DOMAIN")),
    Kind("utf8-domain-recipient", _message(), recipients=("r@@@bücher.DOMAIN",)),
    Kind("null-sender-utf8-subject", _message("Subject: Grüße @@"), Header.UTF8, sender=""),
    Kind("notify-never-utf8-subject", _message("Subject: Grüße @@"), Header.UTF8, notify="NEVER"),
)
