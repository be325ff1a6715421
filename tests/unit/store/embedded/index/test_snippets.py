"""Subject and body around what was found: HTML that is safe, marked and short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.embedded.index.snippets import OCTETS, Marker
from gateway.store.protocol.search import Closeness, Field, Wanted
from gateway.summary.model import SearchText


def snippet(body: str, needle: str, closeness: Closeness = Closeness.EXACT) -> str:
    return Marker(Wanted(needle, frozenset(Field), closeness)).body(SearchText("", "", "", "", "", "", body, ""))


@pytest.mark.parametrize(
    ("body", "needle", "shown"),
    [
        ("a <b> & Apple pie", "apple", "a &lt;b&gt; &amp; <mark>Apple</mark> pie"),
        ("東京サーバの障害です", "障害", "東京サーバの<mark>障害</mark>です"),
        ("one\r\n\ttwo", "o", "<mark>o</mark>ne tw<mark>o</mark>"),
        ("nothing here", "zebra", ""),
        ("nothing here", "", ""),
        ("café au lait", "CAFÉ", "<mark>café</mark> au lait"),
    ],
)
def test_exact(body: str, needle: str, shown: str) -> None:
    assert snippet(body, needle) == shown


@pytest.mark.parametrize(
    ("body", "query", "shown"),
    [
        ("Die Straße, zwei Häuser", "haus strasse", "Die <mark>Straße</mark>, zwei <mark>Häuser</mark>"),
        ("das 東京サーバ", "東京", "das <mark>東京</mark>サーバ"),
    ],
)
def test_fuzzy(body: str, query: str, shown: str) -> None:
    assert snippet(body, query, Closeness.FUZZY) == shown


def test_a_field_that_was_not_searched_shows_nothing() -> None:
    marker = Marker(Wanted("apple", frozenset({Field.SUBJECT})))
    text = SearchText("an apple", "", "", "", "", "", "apple", "")
    assert (marker.subject(text), marker.body(text)) == ("an <mark>apple</mark>", "")


def test_it_begins_a_little_before_the_first_hit() -> None:
    shown = snippet("x " * 5000 + "needle" + " y" * 5000, "needle")
    assert "<mark>needle</mark> y y" in shown
    assert len(shown) > 150


@given(st.text(max_size=400), st.text(max_size=5), st.sampled_from(Closeness))
def test_anything_is_well_formed_and_short(body: str, needle: str, closeness: Closeness) -> None:
    shown = snippet(body, needle, closeness)
    assert len(shown.encode("utf-8", "replace")) <= OCTETS
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare
    assert shown.count("<mark>") == shown.count("</mark>")
