import pytest

from tests.unit.summary.samples import summary

_TEXT = "Content-Type: text/plain\n\nx"
_PDF = "Content-Type: application/pdf\n\nx"
_IMAGE = "Content-Type: image/png\nContent-ID: <i>\n\nx"
_SIGNATURE = "Content-Type: application/pgp-signature; name=signature.asc\n\nx"


def _attached(subtype: str, *parts: str) -> bool:
    body = "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"
    return summary(f"Content-Type: multipart/{subtype}; boundary=b", body).attached


@pytest.mark.parametrize(
    ("subtype", "parts", "attached"),
    [
        ("mixed", (_TEXT, _PDF), True),
        ("mixed", (_TEXT, _TEXT), False),
        ("mixed", (_TEXT, "Content-Type: text/plain; name=x.txt\n\nx"), True),
        ("mixed", (_TEXT, "Content-Type: message/rfc822\n\nSubject: x\n"), True),
        ("mixed", (_TEXT, "Content-Type: application/pdf\nContent-Disposition: inline\n\nx"), False),
        ("mixed", (_TEXT, "Content-Disposition: attachment\n\nx"), True),
        ("mixed", (_TEXT, _IMAGE), True),
        ("alternative", (_TEXT, "Content-Type: text/html\n\nx"), False),
        ("related", ("Content-Type: text/html\n\nx", _IMAGE), False),
        ("signed", (_TEXT, _SIGNATURE), False),
    ],
)
def test_what_is_attached(subtype: str, parts: tuple[str, ...], attached: bool) -> None:
    """RFC 8621 4.1.4, hasAttachment."""
    assert _attached(subtype, *parts) is attached


def test_a_message_of_one_part() -> None:
    assert not summary("Subject: x").attached
    assert summary("Content-Type: application/pdf").attached
    assert summary("Content-Disposition: attachment; filename=x.txt").attached
