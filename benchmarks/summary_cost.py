"""What CPU time it takes to summarise a message, and to make its text for searches; hostile ones per octet."""

import time
import timeit
from collections.abc import Callable
from functools import partial

from gateway.mail.octets import MemoryOctets
from gateway.summary.text import search_text
from gateway.summary.work import summarize

_LIMIT = 1024 * 1024
_HEADER = b"".join(
    line + b"\r\n"
    for line in (
        b"Return-Path: <bounce-123@lists.example.org>",
        b"Delivered-To: bo@home.example",
        (
            b"Received: from mx1.example.org (mx1.example.org [192.0.2.1])\r\n\tby mail.home.example (gateway)"
            b" with ESMTPS id 4F1A2B3C\r\n\tfor <bo@home.example>; Sun, 22 Nov 2026 08:00:03 +0000"
        ),
        (
            b"Received: from app.example.org (app.example.org [10.0.0.5])\r\n\tby mx1.example.org (Postfix) with ESMTP"
            b" id 7D8E9F0A1B\r\n\tfor <bo@home.example>; Sun, 22 Nov 2026 08:00:01 +0000 (UTC)"
        ),
        b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=mail;\r\n\th=from:to:subject:date;\r\n"
        b"\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n\tb=" + b"dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSb" * 5,
        b"Authentication-Results: mail.home.example; dkim=pass header.d=example.org; spf=pass",
        b"Date: Sun, 22 Nov 2026 08:00:00 +0000",
        b"From: Alice Example <alice@example.org>",
        b"To: Bo Home <bo@home.example>, carl@home.example",
        b'Cc: "Dora, the second" <dora@home.example>',
        b"Reply-To: alice@example.org",
        b"Subject: Re: [ops] disk full on web-1",
        b"Message-ID: <CAF=abcdef1234567890@mail.example.org>",
        b"In-Reply-To: <20261121.1234@home.example>",
        b"References: <20261120.1111@home.example> <20261121.1234@home.example>",
        b"MIME-Version: 1.0",
        b"List-Id: Operations <ops.lists.example.org>",
        b"X-Mailer: Example Mailer 12.3",
    )
)
_PLAIN = _HEADER + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
_ALTERNATIVE = _HEADER + b'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n'
_PART = b"--=_b\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_LINE = b"the disk of web-1 is full again, please have a look at it.\r\n"
_CODED = b"the disk of web-1 is full again, gr=C3=BC=C3=9Fe, have a look at it.\r\n"
_HTML = b'<p class=3D"x">the disk of <b>web-1</b> is full, &amp; <a href=3D"https://x.example">have a look</a>.</p>\r\n'
_FOREIGN = _PLAIN.replace(b"Alice Example", b"=?utf-8?q?J=C3=B6rg?=").replace(
    b"disk full", "Müllabfuhr für 障害".encode()
)


def _ordinary() -> dict[str, bytes]:
    parts = _PART % b"plain" + _CODED * 150 + _PART % b"html" + _HTML * 350 + b"--=_b--\r\n"
    return {
        "plain, 2 KB": _PLAIN + _LINE * 10,
        "plain, 2 KB, foreign names": _FOREIGN + _LINE * 10,
        "plain, 50 KB": _PLAIN + _LINE * 830,
        "alternative, 50 KB": _ALTERNATIVE + parts,
        "plain, 20 MB": _PLAIN + _LINE * 350_000,
    }


def _hostile() -> dict[str, bytes]:
    html = b"Content-Type: text/html\r\n\r\n</a>"
    return {
        "100,000 addresses": b"To: " + b"a@b.example,\r\n " * 60_000 + b"\r\n\r\n",
        "odd addresses": b"To: " + b"(<@a:\r\n " * 100_000 + b"\r\n\r\n",
        "encoded-words": b"Subject: " + b"=?utf-8?q?=C3=BC?=\r\n " * 45_000 + b"\r\n\r\n",
        "blobs": b"Subject: " + b"[a]" * 300_000 + b"\r\n\r\n",
        "open tags": html + b"<a b='" * 150_000,
        "10,000 parts": _ALTERNATIVE + b"--=_b\r\n\r\nx\r\n" * 10_000,
        "nested 60 deep": b"Content-Type: message/rfc822\r\n\r\n" * 60 + b"x" * 1_000_000,
    }


def _both(octets: MemoryOctets) -> None:
    summarize(octets)
    search_text(octets, limit=_LIMIT)


def _microseconds(call: Callable[[], object], rounds: int) -> float:
    return min(timeit.repeat(call, timer=time.process_time, number=rounds, repeat=5)) / rounds * 1e6


def run() -> list[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    figures: list[tuple[str, float, str]] = []
    for name, data in _ordinary().items():
        octets, rounds = MemoryOctets(data), 1 if len(data) > 1_000_000 else 200
        figures.append((f"summary: {name}", _microseconds(partial(summarize, octets), rounds), "µs"))
        search = _microseconds(partial(search_text, octets, limit=_LIMIT), max(rounds // 10, 1))
        figures.append((f"text for searches: {name}", search, "µs"))
    for name, data in _hostile().items():
        octets = MemoryOctets(data)
        cost = _microseconds(partial(_both, octets), 1)
        figures.append((f"both, hostile: {name}", cost * 1000 / len(data), "ns/octet"))
    return figures


if __name__ == "__main__":
    for label, value, unit in run():
        print(f"{label:45} {value:10.2f} {unit}")
