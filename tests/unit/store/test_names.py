"""Names of mailboxes: any text is a name in its one form, or refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.errors import NotPossible
from gateway.store.names import MAX_DEPTH, MAX_LEVEL, levels_of, name_of


@given(st.text(max_size=40) | st.lists(st.text(max_size=5), max_size=25).map("/".join))
def test_any_text(text: str) -> None:
    try:
        levels = levels_of(text)
    except NotPossible:
        return
    assert levels_of(name_of(levels)) == levels
    assert 1 <= len(levels) <= MAX_DEPTH
    assert all(1 <= len(level.encode()) <= MAX_LEVEL for level in levels)
    assert unicodedata.is_normalized("NFC", name_of(levels))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("InBoX", "INBOX"),
        ("inbox/inbox", "INBOX/inbox"),
        ("\u0131nbox", "\u0131nbox"),
        ("Ju\u0308rgen", "J\u00fcrgen"),
        ("受信箱/障害", "受信箱/障害"),
        ("a b*%&#", "a b*%&#"),
        ("x" * 255, "x" * 255),
        ("/".join("a" * 20), "/".join("a" * 20)),
    ],
)
def test_names(text: str, name: str) -> None:
    assert name_of(levels_of(text)) == name


@pytest.mark.parametrize(
    "text",
    ["", "/", "a/", "/a", "a//b", "a\n", "\x00", "\x7f", "\x85", "\u2028", "\ud800", "\uffff", "\ufeffa", "é" * 128],
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(NotPossible):
        levels_of(text)
