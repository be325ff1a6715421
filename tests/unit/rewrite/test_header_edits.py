import pytest

from gateway.mail.octets import MemoryOctets
from gateway.mime.header import header_fields
from gateway.rewrite.header_edits import BadField, field_line, with_fields


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("X-Gateway", "yes", b"X-Gateway: yes\r\n"),
        ("X-Note", "Grüße", b"X-Note: =?utf-8?b?R3LDvMOfZQ==?=\r\n"),
        ("X-Empty", "", b"X-Empty:\r\n"),
        ("X-Long", "word " * 20, b"X-Long:" + b" word" * 13 + b"\r\n" + b" word" * 7 + b"\r\n"),
    ],
)
def test_a_field_is_folded_and_ascii(name: str, value: str, line: bytes) -> None:
    assert field_line(name, value) == line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nBcc: x"),
        ("X-A", "a\nb"),
        ("X-A", "a\rb"),
        ("X-A", "a\0b"),
        ("X-A", "a" * 1000),
        ("X A", "a"),
        ("X:", "a"),
        ("", "a"),
        ("Größe", "a"),
        ("X-A\r\n", "a"),
    ],
)
def test_nothing_else_can_be_slipped_in(name: str, value: str) -> None:
    with pytest.raises(BadField, match=r"X-A|header field"):
        field_line(name, value)


def test_fields_are_removed_by_name_and_added_on_top() -> None:
    octets = MemoryOctets(b"X-Spam: 1\r\nSubject: s\r\nx-spam:\r\n 2\r\n\r\nX-Spam: 3\r\n")
    rendition = with_fields(octets, header_fields(octets), {"x-spam"}, [field_line("X-New", "n")])
    assert bytes(rendition) == b"X-New: n\r\nSubject: s\r\n\r\nX-Spam: 3\r\n"
    assert with_fields(octets, header_fields(octets), {"x-other"}, []).unchanged
