"""What people see of a message whose mail program knows nothing of UTF-8 in headers (RFC 6857, RFC 6858)."""

import pytest

from gateway.mail.octets import MemoryOctets
from gateway.mime.scan import scan
from gateway.rewrite.pieces import edited
from gateway.rewrite.surrogate import MAX_TEXT, Mend, surrogate


def mended(text: str | bytes, mend: Mend = Mend.HEADERS) -> str:
    data = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()
    octets = MemoryOctets(data)
    shown = bytes(edited(octets, surrogate(octets, scan(octets).root, mend)))
    return shown.decode("utf-8", "backslashreplace").replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("Subject: plain", "Subject: plain"),
        ("Subject: Grüße", "Subject: =?utf-8?b?R3LDvMOfZQ==?="),
        ("From: Jörg <joerg@b.example>", "From: =?utf-8?b?SsO2cmc=?= <joerg@b.example>"),
        ("From: Jörg <a@bücher.example>", "From: =?utf-8?b?SsO2cmc=?= <a@xn--bcher-kva.example>"),
        (
            "From: jörg@b.example",
            "From: =?utf-8?b?asO2cmdAYi5leGFtcGxl?= <invalid@internationalized-address.invalid>",
        ),
        (
            "Cc: Fred <frëd@b.example>, a@b.example",
            "Cc: =?utf-8?q?Fred_fr=C3=ABd=40b=2Eexample?= <invalid@internationalized-address.invalid>, <a@b.example>",
        ),
        (
            'To: All: ö@b.example, "x y" <x@y.example>;',
            "To: All: =?utf-8?b?w7ZAYi5leGFtcGxl?= <invalid@internationalized-address.invalid>, x y <x@y.example>;",
        ),
        ('To: ö <"a b"@b.example>', 'To: =?utf-8?b?w7Y=?= <"a b"@b.example>'),
        ("Received: by ö (ü); now", "Received: by xn--nda ; now"),
        ("List-Help: <http://b.example/ö>", "List-Help: <http://b.example/%C3%B6>"),
        ("X-Note: ö", "X-Note: =?utf-8?b?w7Y=?="),
        ("Content-Disposition: inline; filename=ö", "Content-Disposition: inline; filename*=utf-8''%C3%B6"),
        (
            'Content-Type: text/plain; charset="utf-8"; ö=1; name="ü;"',
            "Content-Type: text/plain; charset=\"utf-8\"; name*=utf-8''%C3%BC%3B",
        ),
        ("Content-Disposition: attachment; ö=1", "Content-Disposition: attachment"),
    ],
)
def test_fields(field: str, shown: str) -> None:
    assert mended(f"{field}\n\nö\n").replace("\n ", " ") == f"{shown}\n\nö\n"


@pytest.mark.parametrize(
    "field",
    [
        "Message-ID: <ö@b.example>",
        "References: <a@b.example> <ö@b.example>",
        "Content-ID: <ö>",
        "Content-Type: text/ö",
        "X-Ö: 1",
        "no field, but ö",
        "DKIM-Signature: v=1; d=ö",
    ],
)
def test_what_has_no_form_is_left_out(field: str) -> None:
    assert mended(f"Subject: a\n{field}\nTo: b\n\nc") == "Subject: a\nTo: b\n\nc"


def test_ascii_fields_stay_octet_for_octet() -> None:
    text = "subject :  a\n\tb\nDKIM-Signature: v=1\nX: =?utf-8?q?=C3=B6?=\n\n"
    assert mended(text + "ö") == text + "ö"


def test_octets_that_are_not_utf_8_are_what_they_most_likely_are() -> None:
    assert mended(b"Subject: Gr\xfc\xdfe\r\n\r\n") == "Subject: =?utf-8?b?R3LDvMOfZQ==?=\n\n"


def test_messages_inside() -> None:
    inner = "Subject: ö\nTo: ö@b.example\n\nö"
    shown = (
        "Subject: =?utf-8?b?w7Y=?=\nTo: =?utf-8?b?w7ZAYi5leGFtcGxl?= <invalid@internationalized-address.invalid>\n\nö"
    )
    assert mended(f"Content-Type: message/rfc822\n\n{inner}") == f"Content-Type: message/rfc822\n\n{shown}"
    unfolded = mended(f"Content-Type: MESSAGE/Global; a=b\n\n{inner}")
    assert unfolded == f"Content-Type: MESSAGE/rfc822; a=b\n\n{shown}"


def test_a_message_global_that_is_encoded_stays() -> None:
    text = "Content-Type: message/global\nContent-Transfer-Encoding: base64\n\nw7Y=\n"
    assert mended(text) == text


def test_the_effort_is_bounded() -> None:
    lines = MAX_TEXT // 1000 * 2
    shown = mended(("X: " + "ö" * 498 + "\n") * lines + "\nbody")
    assert shown.isascii()
    assert 0 < shown.count("X:") <= MAX_TEXT // 1000 + 1


def test_nul() -> None:
    text = "Subject: a\n\na\0b"
    assert mended(text, Mend.NUL) == "Subject: a\nContent-Transfer-Encoding: base64\n\nYQBi\n"
    encoded = "Content-Transfer-Encoding: quoted-printable\n\na\0b"
    assert mended(encoded, Mend.NUL) == encoded
