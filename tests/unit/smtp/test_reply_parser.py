import pytest

from gateway.mail.codes import EnhancedCode
from gateway.mail.reply import Reply
from gateway.smtp.errors import ProtocolError
from gateway.smtp.reply_parser import MAX_LINE, MAX_LINES, ReplyParser


def read(data: bytes) -> list[Reply]:
    return ReplyParser().feed(data)


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (b"250 OK\r\n", Reply(250, None, ("OK",))),
        (b"250 2.1.0 Ok\r\n", Reply(250, EnhancedCode(2, 1, 0), ("Ok",))),
        (b"250 2.1.0\r\n", Reply(250, EnhancedCode(2, 1, 0), ("",))),
        (b"250\r\n", Reply(250, None, ("",))),
        (b"250 \r\n", Reply(250, None, ("",))),
        (b"354 go on\n", Reply(354, None, ("go on",))),
        (b"550 4.1.1 odd\r\n", Reply(550, None, ("4.1.1 odd",))),
        (b"250-2.0.0 a\r\n250 2.0.0 b\r\n", Reply(250, EnhancedCode(2, 0, 0), ("a", "b"))),
        (b"550-5.7.1 a\r\n550-b\r\n550 5.7.1\r\n", Reply(550, EnhancedCode(5, 7, 1), ("a", "b", ""))),
        (
            b"250-mx.example\r\n250-SIZE 100\r\n250 8BITMIME\r\n",
            Reply(250, None, ("mx.example", "SIZE 100", "8BITMIME")),
        ),
        (b"250-odd\r\n550 no\r\n", Reply(550, None, ("odd", "no"))),
        ("550 5.1.1 ungültig\r\n".encode(), Reply(550, EnhancedCode(5, 1, 1), ("ungültig",))),
        (b"550 5.1.1 ung\xfcltig\r\n", Reply(550, EnhancedCode(5, 1, 1), ("ung\ufffdltig",))),
    ],
)
def test_one_reply(wire: bytes, expected: Reply) -> None:
    assert read(wire) == [expected]


@pytest.mark.parametrize(
    "wire",
    [b"hello\r\n", b"\r\n", b"25\r\n", b"25x no\r\n", b"150 no\r\n", b"650 no\r\n", b"250_no\r\n", b"250-a\r\nb\r\n"],
)
def test_no_reply(wire: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(wire)


def test_several_replies_in_one_segment_and_a_rest() -> None:
    parser = ReplyParser()
    assert [r.code for r in parser.feed(b"250 a\r\n354 b\r\n25")] == [250, 354]
    assert parser.pending
    assert parser.feed(b"0 c\r\n") == [Reply(250, None, ("c",))]
    assert not parser.pending


def test_a_continuation_is_pending() -> None:
    parser = ReplyParser()
    assert parser.feed(b"250-a\r\n") == []
    assert parser.pending


@pytest.mark.parametrize("size", [1, 1000, 3000])
def test_an_endless_line_is_kept_to_its_bound(size: int) -> None:
    parser = ReplyParser()
    parser.feed(b"550 ")
    for _ in range(100_000 // size):
        assert parser.feed(b"x" * size) == []
    [reply] = parser.feed(b"y\r\n250 next\r\n")[:1]
    assert reply.code == 550
    assert MAX_LINE - 10 < len(reply.lines[0]) <= MAX_LINE


def test_what_follows_an_overlong_line_is_read() -> None:
    assert [r.code for r in read(b"550 " + b"x" * 5000 + b"\r\n250 next\r\n")] == [550, 250]


def test_lines_are_counted() -> None:
    assert len(read(b"250-x\r\n" * (MAX_LINES - 1) + b"250 x\r\n")[0].lines) == MAX_LINES
    with pytest.raises(ProtocolError):
        read(b"250-x\r\n" * MAX_LINES)
