import pytest

from gateway.inspect.traits import MAX_LINE, PLAIN, Traits, body_kind, in_words, may_declare_binary, survey
from gateway.mail.envelope import Body
from gateway.mail.octets import WINDOW, MemoryOctets

CASES = [
    (b"", PLAIN),
    (b"abc\r\ndef\r\n", PLAIN),
    (b"abc\r\ndef", PLAIN),
    (b"\xc3\xa9\r\n", Traits.EIGHTBIT),
    (b"a\0b\r\n", Traits.NUL),
    (b"a\nb\r\n", Traits.BARE_NEWLINE),
    (b"a\rb\r\n", Traits.BARE_NEWLINE),
    (b"a\n\rb\r\n", Traits.BARE_NEWLINE),
    (b"a\r\r\nb\r\n", Traits.BARE_NEWLINE),
    (b"a\r", Traits.BARE_NEWLINE),
    (b"a\n", Traits.BARE_NEWLINE),
    (b"x" * MAX_LINE, PLAIN),
    (b"x" * MAX_LINE + b"\r\n", PLAIN),
    (b"x\r\n" + b"x" * MAX_LINE + b"\r\nx", PLAIN),
    (b"x" * (MAX_LINE + 1), Traits.LONG_LINE),
    (b"x" * (MAX_LINE + 1) + b"\r\n", Traits.LONG_LINE),
    (b"x\r\n" + b"x" * (MAX_LINE + 1) + b"\r\nx", Traits.LONG_LINE),
    (b"\0\xe9\n", Traits.NUL | Traits.EIGHTBIT | Traits.BARE_NEWLINE),
]


@pytest.mark.parametrize(("data", "traits"), CASES)
def test_traits_are_seen(data: bytes, traits: Traits) -> None:
    assert survey(MemoryOctets(data), 0, len(data)) == traits


@pytest.mark.parametrize(("data", "traits"), CASES)
@pytest.mark.parametrize("shift", [0, 1, 2, 999, 1000])
def test_they_are_seen_across_the_seams_of_windows(data: bytes, traits: Traits, shift: int) -> None:
    fill = (b"y" * 62 + b"\r\n") * (WINDOW // 64 - 1) + b"z" * (62 - shift % 62) + b"\r\n"
    whole = b"y\r\n" * 4 + fill + data
    assert survey(MemoryOctets(whole), 0, len(whole)) == traits


def test_a_newline_cut_by_the_seam_is_whole() -> None:
    data = b"y" * 500 + b"\r\n" + (b"y" * 62 + b"\r\n") * (2 * WINDOW // 64)
    for cut in range(500, 504):
        padded = b"x" * (WINDOW - cut - 2) + data
        assert Traits.BARE_NEWLINE not in survey(MemoryOctets(padded), 0, len(padded))


def test_a_line_longer_than_windows_is_one_line() -> None:
    data = b"x" * (3 * WINDOW) + b"\r\n"
    assert survey(MemoryOctets(data), 0, len(data)) == Traits.LONG_LINE


def test_only_the_range_is_looked_at() -> None:
    assert survey(MemoryOctets(b"\0\xe9abc\n"), 2, 5) == PLAIN


@pytest.mark.parametrize(
    ("traits", "body"),
    [
        (PLAIN, Body.SEVENBIT),
        (Traits.EIGHTBIT, Body.EIGHTBITMIME),
        (Traits.EIGHTBIT | Traits.NUL, Body.BINARYMIME),
        (Traits.LONG_LINE, Body.BINARYMIME),
    ],
)
def test_traits_make_the_kind_of_body(traits: Traits, body: Body) -> None:
    assert body_kind(traits) is body


def test_traits_can_be_said() -> None:
    assert in_words(Traits.EIGHTBIT | Traits.NUL) == "octets over 127, NUL"


MULTIPART = b"Content-Type: Multipart/mixed; boundary=b\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "may"),
    [
        (b"Content-Transfer-Encoding: BINARY\r\n\r\nx", True),
        (b"Content-Transfer-Encoding: 7bit\r\n\r\nContent-Transfer-Encoding: binary", False),
        (b"\r\nContent-Transfer-Encoding: binary", False),
        (MULTIPART + b"--b\r\ncontent-TRANSFER-encoding :\r\n bInArY\r\n\r\nx", True),
        (MULTIPART + b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"x\r\n" * 1000 + b"binary", False),
        (MULTIPART + b"x\r\n" * (WINDOW - 20) + b"Content-Transfer-Encoding: binary", True),
        (MULTIPART + b"binary\r\n", False),
        (b"Content-Type: message/rfc822\r\n\r\nContent-Transfer-Encoding: binary\r\n\r\n", True),
        (b"", False),
    ],
)
def test_a_declaration_of_binary_is_never_missed(data: bytes, may: bool) -> None:
    assert may_declare_binary(MemoryOctets(data)) is may
