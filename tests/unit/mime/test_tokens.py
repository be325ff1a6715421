import pytest

from gateway.mime.tokens import Lexeme, tokens


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (' "a \\" b" <x@y>', "BLANK QUOTED BLANK SPECIAL ATOM SPECIAL ATOM SPECIAL"),
        ("(a (b) \\) c) d", "COMMENT BLANK ATOM"),
        ("a@[192.0.2.1]", "ATOM SPECIAL LITERAL"),
        ("=?utf-8?q?a.b?= c", "ENCODED BLANK ATOM"),
        ('a "b', "ATOM BLANK SPECIAL ATOM"),
        ("(a (b)", "SPECIAL ATOM BLANK SPECIAL ATOM SPECIAL"),
        ("[a", "SPECIAL ATOM"),
        ("\\ä", "SPECIAL ATOM"),
        ("", ""),
    ],
)
def test_tokens(value: str, kinds: str) -> None:
    assert " ".join(token.kind.name for token in tokens(value)) == kinds


def test_a_quoted_string_means_what_is_in_it() -> None:
    (token,) = tokens('"M\\"ü\\\\ller"')
    assert token.kind is Lexeme.QUOTED
    assert token.meant == 'M"ü\\ller'


@pytest.mark.parametrize("hostile", ['"\\', "(", "((\\", "=?", "[", '"(', "=?a?q?", "(a", '\\"'])
def test_hostile_repetition_is_read_in_as_many_tokens_at_most(hostile: str) -> None:
    value = hostile * 20_000
    found = tokens(value)
    assert len(found) <= len(value)
    assert "".join(token.text for token in found) == value
