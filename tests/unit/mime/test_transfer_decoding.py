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


def test_other_encodings_are_none() -> None:
    assert list(decoded_chunks([b"a=", b"=41"], "8bit")) == [b"a=", b"=41"]
