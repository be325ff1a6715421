from gateway.mail.octets import MemoryOctets
from gateway.relay.seen import DECODED, Header


def test_fields_are_unfolded_and_encoded_words_seen_both_ways() -> None:
    header = Header(MemoryOctets(b"Subject: =?utf-8?q?gr=C3=B6?=\r\n =?utf-8?q?=C3=9Fer?=\r\nX: a\r\n\tb\r\n\r\n"))
    assert header("subject") == ["=?utf-8?q?gr=C3=B6?= =?utf-8?q?=C3=9Fer?=", "größer"]
    assert header("x") == ["a\tb"]
    assert header("y") == ()


def test_broken_encoded_words_are_seen_as_written() -> None:
    for text in ("=?utf-8?b?!!!?=", "=?nonsense?q?a?=", "=?utf-8?b?a?="):
        assert Header(MemoryOctets(f"Subject: {text}\r\n\r\n".encode()))("subject")[0] == text


def test_only_so_many_encoded_words_are_decoded() -> None:
    word = b"=?utf-8?q?a?= "
    many = word * (DECODED // len(word) + 1)
    header = Header(MemoryOctets(b"A: " + many + b"\r\nB: " + word + b"\r\n\r\n"))
    assert len(header("a")) == 1
    assert header("b") == ["=?utf-8?q?a?=", "a"]
