import pytest
from typing_extensions import override

from gateway.mail.octets import MemoryOctets
from gateway.summary.preview import LENGTH
from gateway.summary.work import summarize
from tests.unit.summary.samples import summary

_ALTERNATIVE = "Content-Type: multipart/alternative; boundary=b"


@pytest.mark.parametrize(
    ("body", "preview"),
    [
        ("Hello\n\n  world,\tyou\n", "Hello world, you"),
        ("On Monday,\nAl wrote:\n> quoted\n>> more\nMy answer\n", "My answer"),
        ("Answer\n-- \nAl, Inc.\n", "Answer"),
        ("Answer\n-----Original Message-----\nFrom: x\n", "Answer"),
        ("> only\n> quoted\n", "only quoted"),
        ("", ""),
        ("a\u200b\u00ad\u202eb\n", "ab"),
        ("a\u00a0b\n", "a b"),
    ],
)
def test_of_plain_text(body: str, preview: str) -> None:
    assert summary("Content-Type: text/plain; charset=utf-8", body).preview == preview


@pytest.mark.parametrize("gap", ["\n", " ", " \n\n\t ", "\n" * 5, " " * 40])
def test_of_much_plain_text_the_beginning_however_it_is_spaced(gap: str) -> None:
    words = [f"word{number}" for number in range(400)]
    assert summary("", gap.join(words)).preview == " ".join(words)[:LENGTH].rstrip()


def test_of_html() -> None:
    html = "<html><head><title>no</title><style>p{}</style></head><p>Hi&nbsp;&amp; bye<br>now</p><!-- x --></html>"
    assert summary("Content-Type: text/html; charset=utf-8", html).preview == "Hi & bye now"


def test_plain_text_counts_before_html() -> None:
    body = "--b\nContent-Type: text/html\n\n<p>HTML\n--b\nContent-Type: text/plain\n\nplain\n--b--\n"
    assert summary(_ALTERNATIVE, body).preview == "plain"


def test_html_counts_where_the_plain_text_is_empty() -> None:
    body = "--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>HTML\n--b--\n"
    assert summary(_ALTERNATIVE, body).preview == "HTML"


def test_attachments_have_none() -> None:
    assert summary("Content-Type: text/plain\nContent-Disposition: attachment").preview == ""
    assert summary("Content-Type: image/png").preview == ""


@pytest.mark.parametrize("character", ["e\u0301", "👩\u200d👩\u200d👧", "🇩🇪", "👍🏽", "ü", "한", "❤\ufe0f"])
def test_it_is_cut_between_what_is_seen_as_characters(character: str) -> None:
    for shift in range(8):
        text = summary("Content-Type: text/plain; charset=utf-8", "x" * shift + character * LENGTH).preview
        assert LENGTH // 2 < len(text) <= 256
        assert text == "x" * shift + character * ((len(text) - shift) // len(character))


def test_encodings_are_read() -> None:
    header = "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
    assert summary(header + "quoted-printable", "K=F6l=\nn\n").preview == "Köln"
    assert summary(header + "base64", "S/ZsbgD/\n").preview.startswith("Köln")


def test_of_a_large_message_only_the_beginning_is_read() -> None:
    source = Counting(b"Subject: x\r\n\r\n" + b"word " * 1_000_000)
    assert len(summarize(source).preview) <= LENGTH
    assert source.most_read < 70_000


class Counting(MemoryOctets):
    """Remembers the largest piece that was read at once."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.__dict__["most_read"] = 0

    @property
    def most_read(self) -> int:
        return int(self.__dict__["most_read"])

    @override
    def read(self, start: int, stop: int) -> bytes:
        data = super().read(start, stop)
        self.__dict__["most_read"] = max(self.most_read, len(data))
        return data
