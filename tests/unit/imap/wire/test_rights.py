"""Rights as IMAP writes them (RFC 4314 2.1)."""

import pytest

from gateway.imap.wire.rights import change, shown
from gateway.imap.wire.scanner import BadSyntax


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (b"lr", "ix", "lr"),
        (b"", "ix", ""),
        (b"+", "ix", "ix"),
        (b"-", "ix", "ix"),
        (b"+lr", "ix", "ilrx"),
        (b"-xs", "ix", "i"),
        (b"d", "", "et"),
        (b"c", "", "kx"),
        (b"cdkk", "", "ektx"),
        (b"-d", "lret", "lr"),
        (b"+cda", "lrswi", "aeiklrstwx"),
    ],
)
def test_changes(text: bytes, before: str, after: str) -> None:
    assert change(text).of(before) == after


@pytest.mark.parametrize("text", [b"lrQ", b"lrq", b"0", b"l r", b"+-l", b"l+r", b"\xc3\xa4", b"L", b"\n", b"+\n"])
def test_unknown_rights(text: bytes) -> None:
    with pytest.raises(BadSyntax, match="is no right"):
        change(text)


@pytest.mark.parametrize(
    ("rights", "wire"),
    [
        ("", b""),
        ("lr", b"lr"),
        ("k", b"kc"),
        ("x", b"xc"),
        ("t", b"td"),
        ("e", b"ed"),
        ("lrswipkxtea", b"lrswipkxtecda"),
        ("al", b"la"),
    ],
)
def test_the_rights_of_old_are_told_too(rights: str, wire: bytes) -> None:
    assert shown(rights) == wire
