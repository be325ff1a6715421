"""What is put on top of a message for a mailbox, and what is read of its header."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.local.letter import PIECE, Letter
from gateway.mail.address import NULL_PATH, ReversePath, parse_address
from gateway.mail.octets import MemoryOctets
from gateway.mime.header import header_fields
from gateway.storage.octets import FileOctets
from gateway.store.config import Believed, JunkConfig

AL = parse_address("al@home.example")
SENDER = parse_address("x@far.example")
JUNK = JunkConfig()


def letter(octets: bytes, sender: ReversePath = SENDER, junk: JunkConfig = JUNK, *, trusted: bool = False) -> Letter:
    return Letter(MemoryOctets(octets), sender, junk, trusted=trusted)


def test_what_is_put_on_top():
    got = letter(b"Subject: a\r\n\r\nb\r\n").octets(AL)
    assert got == b"Return-Path: <x@far.example>\r\nDelivered-To: al@home.example\r\nSubject: a\r\n\r\nb\r\n"


def test_a_null_path_is_empty_brackets():
    assert letter(b"\r\n", NULL_PATH).octets(AL).startswith(b"Return-Path: <>\r\n")


def test_utf8_is_written_where_there_is_no_other_form():
    got = letter(b"\r\n", parse_address("jörg@bücher.example")).octets(parse_address("al@bücher.example"))
    first, second, _ = got.split(b"\r\n", 2)
    assert first.decode() == "Return-Path: <jörg@bücher.example>"
    assert second == b"Delivered-To: al@xn--bcher-kva.example"


def test_a_return_path_that_is_there_goes():
    octets = b"Received: x\r\nRETURN-path : <victim@far.example>,\r\n <b@c>\r\nReturn-Path: <>\r\nSubject: a\r\n\r\nb"
    got = letter(octets).octets(AL)
    fields = [field.name.lower() for field in header_fields(MemoryOctets(got))]
    assert fields == ["return-path", "delivered-to", "received", "subject"]
    assert b"victim" not in got
    assert got.endswith(b"\r\n\r\nb")


def test_a_body_keeps_its_return_paths():
    octets = b"Return-Path: <a@b>\r\n\r\nReturn-Path: <c@d>\r\n"
    assert letter(octets).octets(AL).endswith(b"\r\n\r\nReturn-Path: <c@d>\r\n")


@pytest.mark.parametrize(
    ("field", "before"),
    [
        (b"Delivered-To: al@home.example", True),
        (b"delivered-to:\tAL@HOME.example ", True),
        (b"Delivered-To: bo@home.example\r\nDelivered-To:\r\n al@home.example", True),
        (b"Delivered-To: al+lists@home.example", False),
        (b"Delivered-To: <al@home.example>", False),
        (b"X-Delivered-To: al@home.example", False),
        (b"Delivered-To: \xff\xfe", False),
        (b"Subject: Delivered-To: al@home.example", False),
    ],
)
def test_where_it_was_before(field: bytes, before: bool):
    assert letter(field + b"\r\n\r\n").was_delivered(AL) is before


def test_a_body_says_nothing_of_where_it_was():
    assert not letter(b"Subject: a\r\n\r\nDelivered-To: al@home.example\r\n").was_delivered(AL)


@pytest.mark.parametrize(
    ("header", "junk"),
    [
        (b"X-Spam-Flag: YES", True),
        (b"x-spam: Yes", True),
        (b"X-Spam-Status: Yes, score=9.1 required=5.0\r\n tests=[A,\r\n B]", True),
        (b"X-Spam-Status: No, score=0.1", False),
        (b"X-Spam-Status: No, Yes", False),
        (b"X-Spam-Flag: NO\r\nX-Spam-Flag: YES", True),
        (b"X-Spam-Level: Yes", False),
        (b"Subject: X-Spam-Flag: YES", False),
    ],
)
def test_what_filters_say(header: bytes, junk: bool):
    assert letter(header + b"\r\n\r\n").junk is junk


def test_whom_is_believed():
    spam = b"X-Spam-Flag: YES\r\n\r\n"
    careful = JunkConfig(believed=Believed.TRUSTED)
    assert not letter(spam, junk=careful).junk
    assert letter(spam, junk=careful, trusted=True).junk
    assert not letter(spam, junk=JunkConfig(headers={})).junk


@given(st.binary(max_size=400))
def test_any_octets_are_kept(data: bytes):
    made = letter(b"X: y\r\n\r\n" + data)
    assert made.octets(AL) == made.top(AL) + b"X: y\r\n\r\n" + data
    assert b"".join(made.pieces(AL)) == made.octets(AL)


@given(st.lists(st.sampled_from([b"Return-Path: <a@b>", b"Delivered-To: x@y", b"X-Spam: Yes", b"\xff", b":", b" "])))
def test_any_header_ends_with_one_return_path(found: list[bytes]):
    octets = b"".join(line + b"\r\n" for line in found) + b"\r\nbody"
    fields = [field.name.lower() for field in header_fields(MemoryOctets(letter(octets).octets(AL)))]
    assert fields.count("return-path") == 1
    assert fields[:2] == ["return-path", "delivered-to"]


@pytest.mark.parametrize("before", [b"", b"Return-Path: <a@b>\r\n"])
def test_a_large_message_comes_in_pieces(tmp_path: Path, before: bytes):
    body = b"Subject: a\r\n\r\n" + b"x" * (3 * PIECE)
    path = tmp_path / "message"
    path.write_bytes(before + body)
    large = Letter(FileOctets(path), SENDER, JUNK, trusted=False)
    pieces = list(large.pieces(AL))
    assert b"".join(pieces) == large.top(AL) + body
    assert max(map(len, pieces)) < 2 * PIECE
