"""What it costs to inspect a message, by kind and size; hostile octets as nanoseconds for each."""

import timeit
from collections.abc import Callable

from gateway.inspect.inspector import inspect
from gateway.inspect.needs import needs_of
from gateway.mail.address import parse_address
from gateway.mail.envelope import MailOptions, Recipient
from gateway.mail.octets import MemoryOctets
from gateway.mime.header import header_block

_HEADER = (
    b"From: Al <al@home.example>\r\nTo: bo@legacy.example\r\nSubject: disk full on web-1\r\n"
    b"Date: Sun, 22 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@home.example>\r\nMIME-Version: 1.0\r\n"
)
_PLAIN = _HEADER + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
_MIXED = _HEADER + b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n'
_PART = b"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n"
_ASCII_LINE = b"x" * 70 + b"\r\n"
_UTF8_LINE = "schöne grüße aus köln und tōkyō, für alle, jetzt\r\n".encode()


def _ordinary() -> dict[str, bytes]:
    return {
        "ASCII text, 2 KB": _PLAIN + _ASCII_LINE * 25,
        "ASCII text, 50 KB": _PLAIN + _ASCII_LINE * 700,
        "ASCII multipart, 50 KB": _MIXED + (_PART % b"base64" + _ASCII_LINE * 70) * 10 + b"--=_b--\r\n",
        "8-bit text, 50 KB": _PLAIN + _UTF8_LINE * 900,
        "8-bit multipart, 50 KB": _MIXED + (_PART % b"8bit" + _UTF8_LINE * 90) * 10 + b"--=_b--\r\n",
        "UTF-8 subject, 2 KB": _PLAIN.replace(b"web-1", "wëb-1".encode()) + _ASCII_LINE * 25,
    }


def _hostile() -> dict[str, bytes]:
    nest = b"".join(b'Content-Type: multipart/mixed; boundary="a%d"\r\n\r\n--a%d\r\n' % (i, i) for i in range(60))
    return {
        "100,000 header fields": b"".join(b"X-%d: \xc3\xa9\r\n" % i for i in range(100_000)) + b"\r\n",
        "one line of 5 MB": b"\r\n" + b"\xc3\xa9" * 2_500_000,
        "nested 60 deep, 5 MB": nest + b"\xc3\xa9" * 2_500_000,
        "5 MB of delimiters": _MIXED + b"--=_b\r\n\r\n\xc3\xa9\r\n" * 380_000,
        "5 MB of near delimiters": _MIXED + b"--=_bx\xc3\xa9\r\n" * 500_000,
    }


def _microseconds(call: Callable[[], object], rounds: int) -> float:
    return min(timeit.repeat(call, number=rounds, repeat=3)) / rounds * 1e6


def _inspection(data: bytes, rounds: int) -> float:
    octets = MemoryOctets(data)
    return _microseconds(lambda: inspect(octets), rounds)


def run() -> list[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    figures = [(f"inspect: {name}", _inspection(data, 300), "µs") for name, data in _ordinary().items()]
    for name, data in _hostile().items():
        figures.append((f"inspect, hostile: {name}", _inspection(data, 1) * 1000 / len(data), "ns/octet"))
    plain = MemoryOctets(_ordinary()["ASCII text, 2 KB"])
    found, sender = inspect(plain), parse_address("al@home.example")
    recipients, options = (Recipient(parse_address("bo@legacy.example")),), MailOptions()
    figures.append(
        ("needs of plain mail", _microseconds(lambda: needs_of(found, sender, recipients, options), 10_000), "µs")
    )
    figures.append(("three header look-ups, 2 KB", _microseconds(lambda: _look_up(plain), 3000), "µs"))
    return figures


def _look_up(octets: MemoryOctets) -> tuple[bytes | None, bytes | None, int]:
    block = header_block(octets)
    return block.first("Message-ID"), block.first("Date"), block.count("Received")


if __name__ == "__main__":
    for label, value, unit in run():
        print(f"{label:45} {value:10.2f} {unit}")
