"""Bodies decoded in pieces, however they are cut, are what they are when decoded as a whole."""

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mime.transfer_decoding import decoded_chunks, decoded_octets

PIECES = st.lists(st.one_of(st.binary(max_size=9), st.sampled_from([b"=", b"QUJD", b"\r\n", b"=\r\n", b"=4", b"AA=="])))


@given(PIECES)
def test_base64_in_pieces(pieces: list[bytes]) -> None:
    assert b"".join(decoded_chunks(pieces, "base64")) == decoded_octets(b"".join(pieces), "base64")


@given(st.lists(st.one_of(st.binary(max_size=9), st.sampled_from([b"=C3=BC", b"\r\n", b"=\r\n", b"a b"]))))
def test_quoted_printable_in_pieces(lines: list[bytes]) -> None:
    whole = binascii.b2a_qp(b"".join(lines))
    pieces = [whole[at : at + 5] for at in range(0, len(whole), 5)]
    assert b"".join(decoded_chunks(pieces, "quoted-printable")) == decoded_octets(whole, "quoted-printable")


@pytest.mark.parametrize("cut", [4000, 4001, 4002, 8190])
def test_endless_lines_of_quoted_printable(cut: int) -> None:
    whole = b"=C3=BC" * 20_000
    pieces = [whole[at : at + cut] for at in range(0, len(whole), cut)]
    found = list(decoded_chunks(pieces, "quoted-printable"))
    assert b"".join(found) == "ü".encode() * 20_000
    assert max(map(len, found)) < 9_000


@pytest.mark.parametrize(
    ("octets", "meant"),
    [
        (b"hello  \r\nbar", b"hello\r\nbar"),
        (b"a\tb \t\r\n", b"a\tb\r\n"),
        (b"soft = \t\r\nbreak", b"soft break"),
        (b"kept=20\r\n", b"kept \r\n"),
        (b"kept \t=09 \n", b"kept \t\t\n"),
        (b"end ", b"end"),
        (b"soft=", b"soft"),
    ],
)
def test_space_at_the_ends_of_lines(octets: bytes, meant: bytes) -> None:
    """RFC 2045 6.7, rule 3: white space there was added on the way, also after the `=` of a soft break."""
    assert decoded_octets(octets, "quoted-printable") == meant
    pieces = [octets[at : at + 1] for at in range(len(octets))]
    assert b"".join(decoded_chunks(pieces, "quoted-printable")) == meant


def test_space_within_an_endless_line() -> None:
    """Wherever it is cut; and it takes no longer than other lines."""
    whole = b"word =41 =  " * 40_000 + b"\r\n" + b" " * 400_000 + b"\n."
    pieces = [whole[at : at + 4001] for at in range(0, len(whole), 4001)]
    assert b"".join(decoded_chunks(pieces, "quoted-printable")).startswith(b"word A =  word")
    assert decoded_octets(b" " * 400_000 + b"x", "quoted-printable") == b" " * 400_000 + b"x"


def test_other_encodings_are_none() -> None:
    assert list(decoded_chunks([b"a=", b"=41"], "8bit")) == [b"a=", b"=41"]
