import pytest

from gateway.smtp.xtext import (
    BadEncoding,
    decode_unitext,
    decode_xtext,
    encode_ascii_unitext,
    encode_unitext,
    encode_xtext,
)


@pytest.mark.parametrize(("encoded", "text"), [("a+2Bb", "a+b"), ("a+3Db", "a=b"), ("QQ314+20x", "QQ314 x"), ("", "")])
def test_xtext(encoded: str, text: str) -> None:
    assert decode_xtext(encoded) == text
    assert encode_xtext(text) == encoded


@pytest.mark.parametrize("text", ["a+", "a+2", "a+G0", "a b", "ö", "a+0D+0Ab", "a+00", "a+C3+B6", "a+7F"])
def test_no_xtext(text: str) -> None:
    with pytest.raises(BadEncoding):
        decode_xtext(text)


def test_utf8_has_no_xtext() -> None:
    with pytest.raises(BadEncoding):
        encode_xtext("ö")


@pytest.mark.parametrize(
    ("encoded", "text"),
    [
        (r"b\x{E4}r@x.example", "bär@x.example"),
        ("bär@x.example", "bär@x.example"),
        (r"a\x{2B}b\x{3D}c\x{5C}d\x{20}e", r"a+b=c\d e"),
        (r"\x{1F4E7}@x", "📧@x"),
        ("a+b@x", "a+b@x"),
    ],
)
def test_unitext(encoded: str, text: str) -> None:
    assert decode_unitext(encoded) == text
    assert decode_unitext(encode_unitext(text)) == text
    assert decode_unitext(encode_ascii_unitext(text)) == text
    assert encode_ascii_unitext(text).isascii()


def test_a_sequence_that_looks_encoded_is_decoded_once() -> None:
    assert decode_unitext(r"\x{5C}x{E4}") == r"\x{E4}"


@pytest.mark.parametrize("text", ["", r"a\b", r"\x{D800}", r"\x{110000}", r"\x{0A}", "a b", r"\x{}", "a\u0085b"])
def test_no_unitext(text: str) -> None:
    with pytest.raises(BadEncoding):
        decode_unitext(text)


def test_forms_of_rfc_6533_section_3() -> None:
    assert encode_ascii_unitext("bär+x@y") == r"b\x{E4}r\x{2B}x@y"
    assert encode_unitext("bär+x@y") == r"bär\x{2B}x@y"
