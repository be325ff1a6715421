"""An independent reader of mail: shares nothing with the gateway, and says what a person would see.

It splits MIME by the letter of RFC 2046 and decodes with Python's `decode_header`, which joins encoded-words rightly
(`policy.default` puts blanks between the encoded-words of a phrase).
"""

import base64
import quopri
import re
from dataclasses import dataclass
from email import message_from_string
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from itertools import pairwise

import idna

_ADDRESSES = frozenset({"from", "to", "cc", "bcc", "sender", "reply-to"})
_FRAMING = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "mime-version", "received"})
_ENCODED = frozenset({"base64", "quoted-printable"})


@dataclass(frozen=True, slots=True)
class Part:
    """A message or a part of one. `octets`: its body as it stands; `inside`: the parts or the message in it."""

    fields: tuple[tuple[str, bytes], ...]
    octets: bytes
    kind: str
    encoding: str
    filename: str | None
    inside: tuple["Part", ...]

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding."""
        match self.encoding:
            case "base64":
                return base64.b64decode(self.octets)
            case "quoted-printable":
                return quopri.decodestring(self.octets)
            case _:
                return self.octets

    def field(self, name: str) -> bytes | None:
        """The first field of a name, as it stands."""
        return next((value for each, value in self.fields if each == name.lower()), None)

    def text(self, name: str) -> str:
        """The first field of a name, decoded; empty where there is none."""
        return readable(name.lower(), self.field(name) or b"")

    def leaves(self) -> list["Part"]:
        """All parts that hold no others."""
        return [leaf for each in self.inside for leaf in each.leaves()] if self.inside else [self]


def parse(octets: bytes, default: str = "text/plain") -> Part:
    """Read a message or a part."""
    head, body = _halves(octets)
    fields = _fields(head)
    described = _described(fields)
    kind = described.get_content_type() if described["content-type"] else default
    encoding = str(described["content-transfer-encoding"] or "7bit").strip().lower()
    part = Part(fields, body, kind, encoding, described.get_filename(), ())
    return Part(fields, body, kind, encoding, part.filename, _inside(part, described))


def _halves(octets: bytes) -> tuple[bytes, bytes]:
    if octets.startswith(b"\r\n"):
        return b"", octets[2:]
    head, _, body = octets.partition(b"\r\n\r\n")
    return head, body


def _fields(head: bytes) -> tuple[tuple[str, bytes], ...]:
    lines = re.split(rb"\r\n(?![ \t])", head)
    split = (line.partition(b":") for line in lines if line.strip())
    return tuple((name.strip().decode("utf-8", "replace").lower(), value.strip()) for name, _, value in split)


def _described(fields: tuple[tuple[str, bytes], ...]) -> Message:
    """The MIME fields alone, for `email` to take apart."""
    lines = [f"{name}: {_unfold(value)}" for name, value in fields if name in _FRAMING and name != "received"]
    return message_from_string("\n".join(lines) + "\n\n")


def _inside(part: Part, described: Message) -> tuple[Part, ...]:
    boundary = described.get_param("boundary")
    if part.kind.startswith("multipart/") and isinstance(boundary, str):
        default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
        return tuple(parse(each, default) for each in _split(part.octets, boundary.encode()))
    if part.kind in ("message/rfc822", "message/global"):
        return (parse(part.content),)
    return ()


def _split(octets: bytes, boundary: bytes) -> list[bytes]:
    mark = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    found = list(mark.finditer(octets))
    parts = []
    for here, there in pairwise(found):
        if here.group(1):
            break
        parts.append(octets[here.end() + 2 : there.start()])
    return parts


def _unfold(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return re.sub(r"\r\n(?=[ \t])", "", text)


def decoded(text: str) -> str:
    """Encoded-words as what they stand for, white space folded."""
    pieces = []
    for piece, charset in decode_header(text):
        pieces.append(piece if isinstance(piece, str) else piece.decode(charset or "raw-unicode-escape"))
    return " ".join("".join(pieces).split())


def readable(name: str, value: bytes) -> str:
    """A field as people see it: names of addresses decoded, domains as A-labels."""
    text = _unfold(value)
    if name not in _ADDRESSES:
        return decoded(text)
    seen = [f"{decoded(phrase)} <{plain_address(address)}>" for phrase, address in getaddresses([text])]
    return ", ".join(seen)


def plain_address(address: str) -> str:
    """The same address with its domain in A-labels."""
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"


def differences(original: Part, arrived: Part, path: str = "") -> list[str]:
    """What a person, or a program, would find changed beyond what a transfer encoding may change.

    ASCII fields and ASCII bodies have to be the same octets; others the same once decoded.
    """
    here = path or "message"
    found = _fields_changed(original, arrived, here)
    if _family(original.kind) != _family(arrived.kind):
        found.append(f"{here}: {original.kind} became {arrived.kind}")
    if original.filename != arrived.filename:
        found.append(f"{here}: file name {original.filename!r} became {arrived.filename!r}")
    if len(original.inside) != len(arrived.inside):
        return [*found, f"{here}: {len(original.inside)} parts became {len(arrived.inside)}"]
    if original.inside:
        return found + _parts_changed(original, arrived, path)
    if original.content != arrived.content:
        found.append(f"{here}: content {original.content!r} became {arrived.content!r}")
    if original.octets.isascii() and original.octets != arrived.octets:
        found.append(f"{here}: ASCII octets were changed")
    return found


def _parts_changed(original: Part, arrived: Part, path: str) -> list[str]:
    encoded = arrived.encoding in _ENCODED
    if encoded and original.kind.startswith("message/"):
        same = original.content == arrived.content
        return [] if same else [f"{path}: the message inside is not the same after decoding"]
    if encoded:
        return [f"{path or 'message'}: a {arrived.kind} bears an encoding (RFC 2045 6.4)"]
    pairs = zip(original.inside, arrived.inside, strict=True)
    return [each for n, (a, b) in enumerate(pairs, 1) for each in differences(a, b, f"{path}.{n}".lstrip("."))]


def _fields_changed(original: Part, arrived: Part, here: str) -> list[str]:
    before = [(name, value) for name, value in original.fields if name not in _FRAMING]
    after = [(name, value) for name, value in arrived.fields if name not in _FRAMING]
    if [name for name, _ in before] != [name for name, _ in after]:
        return [f"{here}: fields {[name for name, _ in before]} became {[name for name, _ in after]}"]
    found = []
    for (name, was), (_, now) in zip(before, after, strict=True):
        if was.isascii() and was != now:
            found.append(f"{here}: ASCII field {name} was changed: {was!r} became {now!r}")
        elif readable(name, was) != readable(name, now):
            found.append(f"{here}: {name} {readable(name, was)!r} became {readable(name, now)!r}")
    return found


def _family(kind: str) -> str:
    return "message" if kind in ("message/rfc822", "message/global") else kind
