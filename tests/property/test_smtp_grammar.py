from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.errors import ProtocolError
from gateway.smtp.mail_parameters import parse_mail
from gateway.smtp.rcpt_parameters import parse_rcpt
from gateway.smtp.reply_parser import ReplyParser
from gateway.smtp.xtext import decode_unitext, decode_xtext, encode_ascii_unitext, encode_unitext, encode_xtext

printable_ascii = st.text(st.characters(min_codepoint=32, max_codepoint=126))
printable = st.text(st.characters(min_codepoint=32, exclude_categories=["Cc", "Cs"]), min_size=1)
arguments = st.one_of(
    st.text(max_size=200),
    st.builds("{}:<{}> {}".format, st.sampled_from(["FROM", "TO"]), st.text(max_size=40), st.text(max_size=60)),
)


@given(printable_ascii)
def test_xtext_round_trip(text: str) -> None:
    assert decode_xtext(encode_xtext(text)) == text


@given(printable)
def test_unitext_round_trips(text: str) -> None:
    assert decode_unitext(encode_unitext(text)) == text
    assert decode_unitext(encode_ascii_unitext(text)) == text


@given(arguments)
def test_any_argument_is_a_value_or_a_protocol_error(text: str) -> None:
    for parse in (parse_mail, parse_rcpt):
        try:
            parse(text)
        except ProtocolError as error:
            wire = error.reply.wire()
            assert wire.count(b"\r\n") == 1
            assert len(wire) <= 512


values = st.text("0123456789-+:;.TZRNt", max_size=30)


@given(st.sampled_from(["HOLDFOR", "HOLDUNTIL", "BY", "MT-PRIORITY"]), values | printable_ascii)
def test_any_time_or_priority_is_a_value_or_a_protocol_error(keyword: str, value: str) -> None:
    try:
        parse_mail(f"FROM:<> {keyword}={value}")
    except ProtocolError as error:
        refused = error.reply
    else:
        return
    assert refused.code in (501, 555)


reply_lines = st.sampled_from(
    [
        b"250-a\r\n",
        b"250 2.1.0 ok\r\n",
        b"354\r\n",
        b"550-5.1.1 x\r\n",
        b"550 5.1.1 \xff\n",
        b"421 " + b"x" * 3000 + b"\r\n",
    ]
)


@given(st.lists(reply_lines).map(b"".join), st.lists(st.integers(1, 4000), min_size=1))
def test_any_chunking_gives_the_same_replies(data: bytes, sizes: list[int]) -> None:
    whole, chunked = ReplyParser(), ReplyParser()
    expected = whole.feed(data)
    got, at, turn = [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        got += chunked.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert (got, chunked.pending) == (expected, whole.pending)


@given(st.binary())
def test_any_octets_are_replies_or_a_protocol_error(data: bytes) -> None:
    try:
        replies = ReplyParser().feed(data)
    except ProtocolError:
        return
    assert all(200 <= reply.code <= 599 for reply in replies)
