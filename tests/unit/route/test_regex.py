import pytest

from gateway.route.regex import MAX_TEXT, BadPattern, Regex


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("disk", "the disk is full", True),
        ("^disk", "the disk", False),
        ("full$", "disk full", True),
        ("full$", "full disk", False),
        ("^$", "", True),
        ("^$", "x", False),
        ("(?i)DISK", "Disk", True),
        ("DISK", "disk", False),
        ("d.sk", "d\nsk", True),
        (r"\[ALERT\]", "x [ALERT] y", True),
        ("[a-c]{3}", "xabcx", True),
        ("[a-c]{4}", "xabcx", False),
        ("[^]a]", "]a]", False),
        (r"\d+-\w*", "tel 49-", True),
        ("a|b|^c", "xxc", False),
        ("(?:ab){2,}c", "xababc", True),
        ("a??b*?c", "bbc", True),
        ("障害", "東京サーバの障害", True),
        ("a{,3}", "a{,3}", True),
        ("(a*)*b", "aaab", True),
        ("(^)*x", "yx", True),
        ("x($)*", "xy", True),
    ],
)
def test_it_finds_what_python_finds(pattern, text, found):
    assert Regex.parse(pattern).found_in(text) is found


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "missing )"),
        (r"(a)\1", "invalid escape sequence"),
        ("(?=x)", "invalid perl operator"),
        ("a{1001}", "invalid repetition size"),
        ("((a{100}){100}){100}", "invalid repetition size"),
        ("x" * 1001, "at most 1000 characters"),
        ("\ud800", "surrogates not allowed"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(pattern, why):
    with pytest.raises(BadPattern) as caught:
        Regex.parse(pattern)
    assert why in str(caught.value)


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "(a+)+$", ".*.*.*.*x", "(.*a){9}b"])
def test_texts_that_ruin_backtracking_come_to_an_end(pattern):
    assert not Regex.parse(pattern).found_in("a" * 10_000 + "!")


def test_only_the_beginning_of_a_long_text_is_looked_at():
    assert not Regex.parse("x").found_in("a" * MAX_TEXT + "x")
