import time

import pytest

from gateway.mime.address_list import Group, Mailbox, parse_address_list


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("a@b.test, Al B. <c@d.test>", (Group(None, (Mailbox("", "a", "b.test"), Mailbox("Al B.", "c", "d.test"))),)),
        ("Al\t  B <c@d.test>", (Group(None, (Mailbox("Al B", "c", "d.test"),)),)),
        (
            "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
            (Group(None, (Mailbox("Pete", "pete", "silly.test"),)),),
        ),
        (
            "x@y.test; G: ;z@y.test",
            (
                Group(None, (Mailbox("", "x", "y.test"),)),
                Group("G", ()),
                Group(None, (Mailbox("", "z", "y.test"),)),
            ),
        ),
        ("jdoe@test  . example", (Group(None, (Mailbox("", "jdoe", "test.example"),)),)),
        ("Foo a@b", (Group(None, (Mailbox("Foo", "a", "b"),)),)),
        ("a b c", (Group(None, (Mailbox("", "a b c", ""),)),)),
        ("Al <a@b", (Group(None, (Mailbox("Al", "a", "b"),)),)),
        ('"j q"@x (Q)', (Group(None, (Mailbox("Q", "j q", "x"),)),)),
        ("=?utf-8?q?a,b?= <a@b>", (Group(None, (Mailbox("=?utf-8?q?a,b?=", "a", "b"),)),)),
        ("a@[192.0.2.1]", (Group(None, (Mailbox("", "a", "[192.0.2.1]"),)),)),
        (",, ,", ()),
        ("", ()),
    ],
)
def test_lists(text: str, groups: tuple[Group, ...]) -> None:
    """Most are of RFC 5322 A.5 and A.6."""
    assert parse_address_list(text) == groups


@pytest.mark.parametrize(
    "piece", ["a ", "a.", '"a" ', "<", "@", "a@", "a b@c,", "((", " ", "a@ . ", ":", ";", '"', "a@b,"]
)
def test_hostile_lists_cost_little(piece: str) -> None:
    start = time.perf_counter()
    parse_address_list(piece * (100_000 // len(piece)))
    assert time.perf_counter() - start < 5
