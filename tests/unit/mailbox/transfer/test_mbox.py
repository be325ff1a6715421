import time
from pathlib import Path

import pytest

from gateway.mailbox.transfer.from_line import date_of
from gateway.mailbox.transfer.mbox import MboxSource
from gateway.mailbox.transfer.model import Letter, Skipped, Unreadable, Wanted
from gateway.mailbox.transfer.newlines import Quoting
from gateway.store.flags import Flags, System

FROM = b"From a@x Sun Nov 22 08:00:00 2026\n"


def read(path: Path, data: bytes, quoting: Quoting | None = None) -> list[bytes]:
    path.write_bytes(data)
    return [
        body(one) for one in MboxSource(path, "a", "a", quoting=quoting).pieces(Wanted()) if isinstance(one, Letter)
    ]


def body(letter: Letter) -> bytes:
    return letter.content if isinstance(letter.content, bytes) else b"".join(letter.content.chunks())


@pytest.mark.parametrize(
    ("line", "date"),
    [
        (b"From a@x Sun Nov 22 08:00:00 2026", 1795334400.0),
        (b"From a@x  Sun Nov 22 08:00:00 2026", 1795334400.0),
        (b"From - Sun Nov 22 08:00 2026", 1795334400.0),
        (b"From a Sun Nov 22 09:00:00 2026 +0100", 1795334400.0),
        (b"From a Sun Nov 22 09:00:00 +0100 2026", 1795334400.0),
        (b"From a Sun Nov 22 08:00:00 GMT 2026", 1795334400.0),
        (b"From a Sun, 22 Nov 2026 08:00:00 +0000", 1795334400.0),
        (b"From a Sun Jan  4 00:00:61 1970", 259259.0),
        (b"From me to you", None),
        (b"From a Sun Nov 99 08:00:00 2026", None),
        (b"From ", None),
    ],
)
def test_dates_of_separators(line: bytes, date: float | None) -> None:
    assert date_of(line) == date


def test_a_line_that_is_no_separator(tmp_path: Path) -> None:
    text = b"Subject: a\n\nDear Bo,\nFrom here on\n\nFrom there on it goes\nSun Nov 22\n"
    assert read(tmp_path / "a", FROM + text + b"\n") == [text.replace(b"\n", b"\r\n")]


def test_a_separator_without_a_blank_line_before_it(tmp_path: Path) -> None:
    assert read(tmp_path / "a", FROM + b"Subject: a\n\na\n" + FROM + b"Subject: b\n\nb\n") == [
        b"Subject: a\r\n\r\na\r\n",
        b"Subject: b\r\n\r\nb\r\n",
    ]


def test_content_length_that_fits_and_one_that_lies(tmp_path: Path) -> None:
    inner = b"x\n\n" + FROM + b"Subject: inner\n\n>From y\n"
    said = b"Content-Length: %d\nSubject: a\n\n%b\n"
    whole = b"Subject: a\r\n\r\n" + inner.replace(b"\n", b"\r\n")
    assert read(tmp_path / "a", FROM + said % (len(inner), inner) + FROM + b"B: b\n\n") == [whole, b"B: b\r\n"]
    assert len(read(tmp_path / "a", FROM + said % (len(inner) - 3, inner))) == 2


def test_quoting(tmp_path: Path) -> None:
    data = FROM + b"A: a\n\n>From x\n>>From y\n\n"
    assert read(tmp_path / "a", data) == [b"A: a\r\n\r\nFrom x\r\n>From y\r\n"]
    assert read(tmp_path / "a", data, Quoting.ONCE) == [b"A: a\r\n\r\nFrom x\r\n>>From y\r\n"]
    assert read(tmp_path / "a", data, Quoting.NONE) == [b"A: a\r\n\r\n>From x\r\n>>From y\r\n"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_message_that_is_not_held_in_memory(tmp_path: Path, end: bytes) -> None:
    """The same as if it were smaller; quoted lines and line ends fall on the edges of windows."""
    lines = [b">From %d" % number if number % 3 else b"x" * (number % 97) for number in range(150_000)]
    head = b"Subject: a" + end + b"Status: RO" + end + end
    data = FROM + head + end.join(lines) + end + end + FROM + b"Subject: b\n\n\n"
    first, second = read(tmp_path / "a", data)
    assert len(first) > 1024 * 1024
    expected = [line[1:] if line.startswith(b">") else line for line in lines]
    assert first == b"\r\n".join([b"Subject: a", b"", *expected, b""])
    assert second.startswith(b"Subject: b\r\n")


def test_separators_on_the_edges_of_windows(tmp_path: Path) -> None:
    """Messages whose lengths differ by one, over several windows."""
    bodies = [b"y" * (1000 + number) for number in range(5000)]
    path = tmp_path / "a"
    with path.open("wb") as file:
        file.writelines(FROM + b"S: s\n\n" + each + b"\n\n" for each in bodies)
    pieces = [body(one) for one in MboxSource(path, "a", "a").pieces(Wanted()) if isinstance(one, Letter)]
    assert pieces == [b"S: s\r\n\r\n" + each + b"\r\n" for each in bodies]


def test_fields_of_mail_programs_go_but_a_second_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(FROM + b"X-Mozilla-Status: 0005\nSubject: a\nStatus: RO\nX-Keywords: x y\n z\nStatus: mine\n\n\n")
    (letter,) = MboxSource(path, "a", "a").pieces(Wanted())
    assert isinstance(letter, Letter)
    assert letter.content == b"Subject: a\r\nStatus: mine\r\n\r\n"
    assert letter.flags == Flags(System.SEEN | System.FLAGGED, frozenset({"x", "y", "z"}))


def test_what_is_no_mbox(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="offset 0"):
        read(tmp_path / "a", b"Subject: a\n\n")


def test_the_pseudo_message_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(FROM + b"X-IMAP: 1234 0000\nSubject: DON'T DELETE\n\ninternal\n\n")
    assert [type(piece) for piece in MboxSource(path, "a", "a").pieces(Wanted())] == [Skipped]


def test_messages_without_end_of_header_are_not_read_again_and_again(tmp_path: Path) -> None:
    """Each looks for the end of its header in what follows."""
    path = tmp_path / "a.mbox"
    path.write_bytes(b"From a@b Mon Jan  1 00:00:00 2024\nX: y\n" * 20_000)
    began = time.process_time()
    found = [piece for piece in MboxSource(path, "a", "a").pieces(Wanted()) if isinstance(piece, Letter)]
    assert [letter.content for letter in found] == [b"X: y\r\n"] * 20_000
    assert time.process_time() - began < 10
