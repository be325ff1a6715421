import pytest

from gateway.mime.content_type import MAX_VALUE, boundary_of, parse_content_type, parse_encoding, to_octets


@pytest.mark.parametrize(
    ("value", "full", "parameters"),
    [
        (b"text/plain", "text/plain", {}),
        (b" Text/HTML ; CharSet=UTF-8", "text/html", {"charset": "UTF-8"}),
        (b'a/b; x="q \\" (no comment); y=1"', "a/b", {"x": 'q " (no comment); y=1'}),
        (b'a/b; x="two\r\n lines"', "a/b", {"x": "two lines"}),
        (b"(c(nested))a/b(c);(c)x(c)=1", "a/b", {"x": "1"}),
        (b"a/b; x", "a/b", {}),
        (b"a/b (c); (c) x = (c) 1 (c); y=2", "a/b", {"x": "1", "y": "2"}),
        (b"a / b;\r\n\tx=1", "a/b", {"x": "1"}),
        (b"a/b x=1", "a/b", {"x": "1"}),
        (b"a/b;;;x=1;", "a/b", {"x": "1"}),
        (b"a/b; x=a/b=c", "a/b", {"x": "a/b=c"}),
        (b"a/b; x=; y=2", "a/b", {"x": "", "y": "2"}),
        (b'a/b; x="unclosed', "a/b", {"x": ""}),
        (b"a/b; name*=utf-8''%C3%BC; n*0=x", "a/b", {"name*": "utf-8''%C3%BC", "n*0": "x"}),
        ('a/b; x="ü"'.encode(), "a/b", {"x": "ü"}),
    ],
)
def test_content_types_are_read(value: bytes, full: str, parameters: dict[str, str]) -> None:
    reading = parse_content_type(value)
    assert (reading.content_type.full, reading.content_type.parameters) == (full, parameters)
    assert not reading.trouble


@pytest.mark.parametrize("value", [b"", b"text", b"multipart", b"/plain", b"text/", b"(unclosed text/plain"])
def test_what_is_no_content_type_is_plain_text_and_told(value: bytes) -> None:
    reading = parse_content_type(value)
    assert reading.content_type.full == "text/plain"
    assert reading.trouble == "a Content-Type without type and subtype"


def test_two_parameters_of_one_name_are_told_where_they_differ() -> None:
    assert parse_content_type(b"a/b; x=1; X=2").trouble == "the Content-Type has two parameters 'x'"
    assert parse_content_type(b"a/b; x=1; X=1").trouble == ""


def test_the_first_of_two_parameters_counts() -> None:
    assert parse_content_type(b"a/b; x=1; x=2").content_type.parameters == {"x": "1"}


def test_what_is_told_is_ascii() -> None:
    assert parse_content_type("a/b; ü=1; ü=2".encode()).trouble.isascii()


def test_a_field_out_of_all_bounds_is_not_read() -> None:
    reading = parse_content_type(b"multipart/mixed; x=" + b"y" * MAX_VALUE)
    assert (reading.content_type.full, reading.trouble) == ("text/plain", "a Content-Type field that is too long")


def test_octets_that_are_not_utf8_come_back() -> None:
    reading = parse_content_type(b'a/b; x="\xff\xe9"')
    assert to_octets(reading.content_type.parameters["x"]) == b"\xff\xe9"


@pytest.mark.parametrize(
    ("value", "boundary"),
    [
        (b"multipart/mixed; boundary=abc", b"abc"),
        (b'multipart/mixed; boundary="a b  "', b"a b"),
        (b'multipart/mixed; boundary="\xe9"', b"\xe9"),
        (b"multipart/mixed; boundary*0=ab; boundary*1=cd", b"abcd"),
        (b"multipart/mixed; boundary*0*=us-ascii''a%20b; boundary*1*=%3D", b"a b="),
        (b"multipart/mixed; boundary*=us-ascii''a%2Fb", b"a/b"),
        (b"multipart/mixed; boundary*1=cd", b""),
        (b'multipart/mixed; boundary=""', b""),
        (b"multipart/mixed", b""),
    ],
)
def test_boundaries_are_octets(value: bytes, boundary: bytes) -> None:
    assert boundary_of(parse_content_type(value).content_type) == boundary


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        (b" Base64 ", "base64"),
        (b"(c) 8BIT (c)", "8bit"),
        (b"", "7bit"),
        (b"binary; x", "binary"),
        (b"\r\n 7bit", "7bit"),
    ],
)
def test_encodings_are_read(value: bytes, encoding: str) -> None:
    assert parse_encoding(value) == encoding
