"""Which addresses a field names; what is not sure is no answer."""

import pytest

from gateway.rewrite.mailboxes import MAX_VALUE, Ambiguous, mailboxes


def named(text: str) -> list[str]:
    return [str(address) for address in mailboxes(text.encode())]


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("al@a.example", ["al@a.example"]),
        (" Al <al@a.example>, bo@b.example ", ["al@a.example", "bo@b.example"]),
        ('"Müller, Jörg" <jörg@bücher.example>', ["jörg@bücher.example"]),
        ("=?utf-8?q?M=C3=BCller=2C?= J. (x@y.example) <al@a.example>", ["al@a.example"]),
        ("=?iso-2022-jp?b?GyRCPi5KaxsoQg==?= <al@a.example>", ["al@a.example"]),
        ("al (one (two)) @ (three) a . example", ["al@a.example"]),
        ("Al\r\n <al@\r\n a.example>", ["al@a.example"]),
        ("team: al@a.example, Bo <bo@b.example>;", ["al@a.example", "bo@b.example"]),
        ("team:;, al@a.example", ["al@a.example"]),
        ("undisclosed:;", []),
        (", al@a.example,,", ["al@a.example"]),
        ("<@x.example,@y.example:al@a.example>", ["al@a.example"]),
        ("bo@b.example <al@a.example>", ["bo@b.example", "al@a.example"]),
        ('"al b"@a.example', ['"al b"@a.example']),
        ("al@[192.0.2.1]", ["al@[192.0.2.1]"]),
        ("", []),
    ],
)
def test_what_a_field_names(text: str, addresses: list[str]) -> None:
    assert named(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "al",
        "al@",
        "<>",
        "Al <al@a.example",
        "Al <al@a.example> <bo@b.example>",
        "Al <al@a.example> Bo",
        "al@a.example bo@b.example",
        "al bo@b.example",
        "al@a@b.example",
        "a..l@a.example",
        "al@a.example;",
        "team: al@a.example",
        "team: other: al@a.example;",
        "team: al@a.example; bo@b.example",
        ": al@a.example;",
        "<al@a.example:bo@b.example>",
        "<@x.example@y.example:bo@b.example>",
        "=?utf-8?q?al=40a.example?=",
        "<=?utf-8?q?al?=@a.example>",
        '"=?utf-8?q?al?="@a.example',
        "=?utf-8?q?<bo@b.example>?= <al@a.example>",
        "=?utf-8?q?=3Cbo=40b.example=3E?= <al@a.example>",
        "=?utf-8?q?=3Cbo?= =?utf-8?q?=40b.example=3E?= <al@a.example>",
        "=?utf-8?q?a=0D=0AFrom=3A?= <al@a.example>",
        '"<bo@b.example>" <al@a.example>',
        "a\x00l@a.example",
        "al@a.example\rbo@b.example",
        "al@a.example\u2028",
        '"al <bo@b.example>',
        "(al <bo@b.example>",
    ],
)
def test_what_is_not_sure_is_no_answer(text: str) -> None:
    with pytest.raises(Ambiguous) as refused:
        named(text)
    assert str(refused.value).isascii()


def test_names_may_be_raw_but_not_with_a_backslash() -> None:
    assert [str(each) for each in mailboxes(b"J\xf6rg <al@a.example>")] == ["al@a.example"]
    with pytest.raises(Ambiguous):
        mailboxes(b'"J\xf6\\" <bo@b.example>" <al@a.example>')
    with pytest.raises(Ambiguous):
        mailboxes(b"J\xf6rg@a.example")


def test_a_long_value_is_not_looked_at() -> None:
    with pytest.raises(Ambiguous):
        mailboxes(b"al@a.example," * (MAX_VALUE // 10))
