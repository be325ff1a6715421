import pytest

from gateway.summary.collation import casemap


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("Hello", b"HELLO"),
        ("é", b"E\xcc\x81"),
        ("\u01c4", "Dz\u030c".encode()),
        ("\u01c6", "Dz\u030c".encode()),
        ("ß", "ß".encode()),
        ("ﬁ", b"fi"),
        ("①", b"1"),
        ("障害", "障害".encode()),
        ("한", "한".encode()),
        ("ᾳ", "\u0391\u0345".encode()),
        ("", b""),
    ],
)
def test_the_collation(text: str, octets: bytes) -> None:
    """The two digraphs are the example of RFC 5051 2."""
    assert casemap(text) == octets


@pytest.mark.parametrize(("one", "other"), [("straße", "STRAßE"), ("ÄRGER", "ärger"), ("Привет", "ПРИВЕТ"), ("Å", "Å")])
def test_what_is_equal(one: str, other: str) -> None:
    assert casemap(one) == casemap(other)


def test_diacritics_sort_beside_their_letters() -> None:
    assert sorted(["z", "é", "e", "f"], key=casemap) == ["e", "é", "f", "z"]
