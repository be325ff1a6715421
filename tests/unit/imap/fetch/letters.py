"""Messages to be shown: those of the corpora, as they are and with CRLF, and some that are odd on purpose."""

from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parents[3] / "corpus"
OTHERS = Path(__file__).parents[5] / "shared" / "corpus"


@dataclass(frozen=True)
class Letter:
    name: str
    data: bytes


def _letters(path: Path) -> list[Letter]:
    data = path.read_bytes()
    name = f"{path.parent.name}/{path.stem}"
    lines = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return [Letter(name, data)] if lines == data else [Letter(name, data), Letter(f"{name} (CRLF)", lines)]


CORPORA = [
    letter for path in [*sorted(CORPUS.glob("**/*.eml")), *sorted(OTHERS.glob("*/*.eml"))] for letter in _letters(path)
]

_MIXED = 'Content-Type: multipart/mixed; boundary="x"\n\n'
_ODD = {
    "address": "From: Jörg <jörg@bücher.example>\nTo: al@home.example, ö@b.example (ä), x@bücher.example\n\nb\n",
    "group": 'From: a@b.example\nTo: Grüppe: ö@b.example, a b <c@d.example>, ü@x;, "q\\"" <e@f.example>\n\nb\n',
    "route": 'From: <@rö.example:ö@b.example>\nSender: ö\nReply-To: <ö>, "ö x"@b.example\n\nb\n',
    "identifiers": "Message-ID: <ö@b.example>\nReferences: <a@b> <ü@c>\nIn-Reply-To: <ö@b>\nSubject: s\n\nb\n",
    "fields": "X-Ä: name\nX-Long: " + "ö " * 2000 + "\nSubject: ü =?utf-8?q?=C3=BC?=\nReceived: by ö; now\n\nb\n",
    "garbage": "Subject: s\nkein Feld ö\n nöch eins\nFrom: a@b.example\n\nb\n",
    "only-garbage": "ö\n",
    "no-body": "Subject: ö",
    "parameters": 'Content-Type: text/plain; charset="utf-8"; name="ü.txt"; ö=1\n\nü\n',
    "boundary": 'Content-Type: multipart/mixed; boundary="ö"\n\n--ö\n\na\n--ö--\n',
    "part": f"{_MIXED}--x\nContent-Description: ö\nContent-Disposition: attachment; filename=ü\n\nb\n--x--\n",
    "inside": f"{_MIXED}--x\nContent-Type: message/rfc822\n\nSubject: ö\nFrom: ö@b.example\n\nö\n--x--\n",
    "global": f"{_MIXED}--x\nContent-Type: message/global\n\nSubject: ö\nFrom: ö@b.example\n\nö\n--x--\n",
    "global-odd": f"{_MIXED}--x\nContent-Type: message/(c)global; x=ö\n\nSubject: a\n\nb\n--x--\n",
    "global-ascii": f"{_MIXED}--x\nContent-Type: message/global\n\nSubject: a\n\nb\n--x--\n",
    "global-base64": f"{_MIXED}--x\nContent-Type: message/global\nContent-Transfer-Encoding: base64\n\n"
    "U3ViamVjdDogw7YKCg==\n--x--\n",
    "digest": 'Content-Type: multipart/digest; boundary="x"\n\n--x\n\nSubject: ö\n\nö\n--x--\n',
    "nested": "Content-Type: message/rfc822\n\nContent-Type: message/global\n\nSubject: ö\n\nö\n",
    "nul": "Subject: a\0b\n\na\0b\n",
    "nul-parts": f"{_MIXED}p\0\n--x\nContent-Type: image/gif\n\na\0b\n"
    "--x\nContent-Transfer-Encoding: base64\n\nYQ\0Bi\n"
    "--x\nContent-Type: message/delivery-status\n\na\0\n"
    "--x\nX-Ö: \0\nContent-Transfer-Encoding: BINARY (c)\n\n\0\0\n--x--\n",
    "nul-and-utf8": f"Subject: ö\0\n{_MIXED}--x\nContent-Type: text/plain; name=ö\n\nö\0\n--x--\n",
    "nul-unbounded": "Content-Type: multipart/mixed\n\na\0b\n",
}
ODD = [
    *(Letter(f"odd/{name}", text.replace("\n", "\r\n").encode()) for name, text in _ODD.items()),
    Letter(
        "odd/latin-1", "From: Jörg <a@b.example>\r\nSubject: Grüße\r\nTo: ö@b.example\r\n\r\nü\r\n".encode("latin-1")
    ),
    Letter("odd/mixed-up", b"Subject: \xc3\xb6 \xf6\r\nX-\xf6: 1\r\nTo: \xff\xfe@\x80\r\n\r\n"),
    Letter("odd/many-fields", b"X: \xc3\xb6\r\n" * 12_000 + b"\r\nbody"),
    Letter("odd/long-header", b"X: " + b"\xc3\xb6" * 700_000 + b"\r\nSubject: a\r\n\r\nbody"),
    Letter("odd/many-addresses", b"To: " + b"\xc3\xb6@b.example, " * 20_000 + b"\r\n\r\nbody"),
]
