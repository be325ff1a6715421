"""What clients send, cut into commands (RFC 9051 2.2.1, 4.3; RFC 7888)."""

import time

import pytest

from gateway.imap.wire.framing import MOST_READ_OVER, Announced, Framer, Literal, Octets, Piece, Refused, Whole


def framer(*chunks: bytes, limit: int = 1000) -> Framer:
    made = Framer(limit)
    for chunk in chunks:
        made.feed(chunk)
    return made


def test_a_line_is_a_command():
    made = framer(b"a NOOP\r\nb NO", b"OP\n")
    assert made.next() == Whole((Piece(b"a NOOP"),))
    assert made.next() == Whole((Piece(b"b NOOP"),))
    assert made.next() is None
    assert made.between_commands


def test_a_literal_is_announced_before_it_is_there():
    made = framer(b"A001 LOGIN {11}\r\n")
    assert made.next() == Announced((Piece(b"A001 LOGIN "),), 11, False, True)
    made.keep()
    assert made.next() is None
    made.feed(b"FRED FOOBAR {7}\r\n")
    literal = Literal(11, b"FRED FOOBAR")
    assert made.next() == Announced((Piece(b"A001 LOGIN ", literal), Piece(b" ")), 7, False, True)
    made.keep()
    made.feed(b"fat man\r\n")
    assert made.next() == Whole((Piece(b"A001 LOGIN ", literal), Piece(b" ", Literal(7, b"fat man")), Piece(b"")))


def test_the_example_of_rfc_7888():
    made = framer(b"A001 LOGIN {11+}\r\nFRED FOOBAR {7+}\r\nfat man\r\n")
    for size in (11, 7):
        event = made.next()
        assert isinstance(event, Announced)
        assert (event.size, event.waits) == (size, False)
        made.keep()
    event = made.next()
    assert isinstance(event, Whole)
    assert [each.literal.octets for each in event.pieces if each.literal] == [b"FRED FOOBAR", b"fat man"]


def test_a_literal_is_handed_on_as_it_arrives():
    made = framer(b"a APPEND x ~{5}\r\n")
    assert made.next() == Announced((Piece(b"a APPEND x "),), 5, True, True)
    made.stream()
    made.feed(b"\0ab")
    assert made.next() == Octets(b"\0ab", last=False)
    made.feed(b"cd")
    assert made.next() == Octets(b"cd", last=True)
    made.feed(b"\r\n")
    assert made.next() == Whole((Piece(b"a APPEND x ", Literal(5, None, True)), Piece(b"")))


def test_what_is_refused_and_sent_all_the_same_is_read_over():
    made = framer(b"a APPEND x {5+}\r\nabcde {3+}\r\nxyz y\r\nb NOOP\r\n")
    assert isinstance(made.next(), Announced)
    made.refuse()
    assert made.next() == Refused(b"a APPEND x ", too_long=False)
    assert made.next() == Whole((Piece(b"b NOOP"),))


def test_who_waits_for_a_word_and_is_refused_sends_nothing():
    made = framer(b"a APPEND x {5}\r\nb NOOP\r\n")
    assert isinstance(made.next(), Announced)
    made.refuse()
    assert made.next() == Refused(b"a APPEND x ", too_long=False)
    assert made.next() == Whole((Piece(b"b NOOP"),))


@pytest.mark.parametrize("number", [b"99999999999999999999", b"9" * 40])
def test_a_number_that_is_none_is_refused(number: bytes):
    made = framer(b"a APPEND x {" + number + b"}\r\nb NOOP\r\n")
    assert made.next() == Refused(b"a APPEND x {" + number + b"}", too_long=True)
    assert made.next() == Whole((Piece(b"b NOOP"),))


@pytest.mark.parametrize("number", [MOST_READ_OVER + 1, 10**39])
def test_what_cannot_be_read_over_is_hopeless(number: int):
    made = framer(b"a APPEND x {%d+}\r\n" % number)
    event = made.next()
    if isinstance(event, Announced):
        made.refuse()
        event = made.next()
    assert isinstance(event, Refused)
    assert event.hopeless


def test_a_line_that_is_too_long_is_read_over_with_its_literals():
    made = framer(b"a ", b"x" * 2000, b" {3+}\r", b"\nabc\r\nb NOOP\r\n")
    event = made.next()
    assert isinstance(event, Refused)
    assert event.too_long
    assert event.text.startswith(b"a xxx")
    assert len(event.text) <= 256
    assert made.next() == Whole((Piece(b"b NOOP"),))


def test_a_line_without_end_costs_no_memory():
    made = framer()
    for _ in range(1000):
        made.feed(b"x" * 10_000)
        assert made.next() is None
        assert made.buffered <= 1000


def test_many_small_commands_in_one_piece_take_no_time():
    count = 40_000
    made = framer(b"a NOOP\r\n" * count)
    began = time.process_time()
    while made.next() is not None:
        count -= 1
    assert count == 0
    assert time.process_time() - began < 5


def test_a_line_for_a_command_that_waits():
    made = framer(b"DO", limit=10)
    assert made.line() is None
    made.feed(b"NE\r\na NOOP\r\n")
    assert made.line() == b"DONE"
    assert made.next() == Whole((Piece(b"a NOOP"),))


@pytest.mark.parametrize("chunks", [(b"x" * 20 + b"\r\nb NOOP\r\n",), (b"x" * 15, b"xxxxx\r\nb NOOP\r\n")])
def test_a_line_that_is_too_long_to_wait_for_is_read_over(chunks: tuple[bytes, ...]):
    made = framer(chunks[0], limit=10)
    with pytest.raises(ValueError, match="at most 10"):
        made.line()
    for chunk in chunks[1:]:
        made.feed(chunk)
    assert made.next() == Whole((Piece(b"b NOOP"),))


def test_what_is_left_can_be_taken():
    made = framer(b"a COMPRESS DEFLATE\r\nzzz")
    assert isinstance(made.next(), Whole)
    assert made.rest() == b"zzz"
    assert made.between_commands
