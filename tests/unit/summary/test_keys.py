import pytest

from tests.unit.summary.samples import summary


@pytest.mark.parametrize(
    ("value", "mailbox", "display"),
    [
        ("Al B <al@x.test>, c@d.test", b"AL", b"AL B"),
        ("=?utf-8?q?J=C3=B6rg?= <j@x.test>", b"J", b"JO\xcc\x88RG"),
        ("al@x.test", b"AL", b"AL@X.TEST"),
        ("root", b"ROOT", b"ROOT"),
        ("=?utf-8?q??= <al@x.test>", b"AL", b"AL@X.TEST"),
        ("Friends: al@x.test;", b"FRIENDS", b"FRIENDS"),
        ("", b"", b""),
    ],
)
def test_addresses(value: str, mailbox: bytes, display: bytes) -> None:
    """RFC 5256 3, RFC 5957 3."""
    keys = summary(f"From: {value}\nTo: {value}\nCc: {value}").keys
    assert (keys.sender, keys.to, keys.cc) == (mailbox, mailbox, mailbox)
    assert (keys.display_from, keys.display_to) == (display, display)


def test_subjects() -> None:
    assert summary("Subject: =?utf-8?q?Re=3A_=C3=84rger?=").keys.subject == b"A\xcc\x88RGER"
