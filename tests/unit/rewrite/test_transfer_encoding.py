import base64
import quopri

import pytest

from gateway.rewrite.transfer_encoding import Coding, coded


def encode(octets: bytes, coding: Coding, size: int = 50) -> bytes:
    return b"".join(coded((octets[at : at + size] for at in range(0, len(octets), size)), coding))


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("Grüße\r\n".encode(), b"Gr=C3=BC=C3=9Fe\r\n"),
        (b"1 = 1\r\n", b"1 =3D 1\r\n"),
        (b"blank \r\ntab\t\r\n", b"blank=20\r\ntab=09\r\n"),
        (b"no line end ", b"no line end=20"),
        (b".\r\nx\r\n", b"=2E\r\nx\r\n"),
        (b"", b""),
    ],
)
def test_quoted_printable(octets: bytes, text: bytes) -> None:
    assert encode(octets, Coding.QUOTED_PRINTABLE) == text


def test_wrapping_never_begins_a_line_with_a_hyphen() -> None:
    text = encode(b"x" * 75 + b"--b--" * 40 + b"\r\n--end", Coding.QUOTED_PRINTABLE)
    assert text.startswith(b"x" * 75 + b"=\r\n=2D-b--")
    assert text.count(b"\r\n-") == 1
    assert quopri.decodestring(text) == b"x" * 75 + b"--b--" * 40 + b"\r\n--end"


@pytest.mark.parametrize("coding", [Coding.QUOTED_PRINTABLE, Coding.MEND_QUOTED_PRINTABLE])
def test_a_line_too_long_to_hold_is_wrapped_as_it_comes(coding: Coding) -> None:
    octets = b"-=C3=BC" * 9000 + "ü".encode() if coding is Coding.MEND_QUOTED_PRINTABLE else "-ü".encode() * 30000
    text = encode(octets, coding, 4096)
    assert max(len(line) for line in text.split(b"\r\n")) <= 76
    assert quopri.decodestring(text) == quopri.decodestring(octets)


def test_quoted_printable_with_8_bits_in_it_is_mended() -> None:
    octets = "soft=\r\nline =3D ü\r\n\x00".encode()
    assert encode(octets, Coding.MEND_QUOTED_PRINTABLE) == b"soft=\r\nline =3D =C3=BC\r\n=00"


def test_base64_is_in_lines() -> None:
    assert encode(b"a" * 58, Coding.BASE64) == b"YWFh" * 19 + b"\r\nYQ=="


def test_base64_on_one_line_or_with_junk_in_it_is_mended() -> None:
    octets = base64.b64encode(b"b" * 3000) + b"\r\n\xff!"
    text = encode(octets, Coding.MEND_BASE64)
    assert max(len(line) for line in text.split(b"\r\n")) == 76
    assert base64.b64decode(text) == b"b" * 3000


def test_masking_keeps_what_is_ascii() -> None:
    assert encode("Größe\x00\r\n".encode(), Coding.MASK) == b"Gr????e?\r\n"
