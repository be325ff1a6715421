"""The index misses no message that contains a text, in whatever script, and is sure only where it is right."""

import sqlite3
from array import array
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gateway.store.embedded.index import file, merge
from gateway.store.embedded.index.schema import TABLES
from gateway.store.embedded.index.search import find
from gateway.store.embedded.index.segment import Segment, SegmentBuilder
from gateway.store.model import EmailId
from gateway.store.protocol.search import Closeness, Field, Wanted
from gateway.summary.collation import casemap
from gateway.summary.model import SearchText

ALPHABETS = (
    "abAB12 .,-_@/\n",
    "aäÄeéßsSǆǅﬁfi ",
    "障害東京サーバのがか゛ 、。a",
    "ไทยภาษา กา",
    "ខ្មែរ ພາສາ မြန်",
    "한국어 하나각\u1100",
    "العربية שלום \u200c\u0301",
    "жёЖЁй Ωωσς",
    "😀👍🏽½①㈱株12⁄ab\u3000\u00a0\u00ad",
    "\x00\x7f\ud800\ufffd\U0010ffff",
)
texts = st.one_of(*(st.text(alphabet, max_size=24) for alphabet in ALPHABETS), st.text(max_size=24))
mixed = st.lists(texts, max_size=4).map("".join)
long_texts = st.tuples(texts, st.integers(40, 200), st.text("ab", min_size=1, max_size=7)).map(
    lambda parts: parts[0] + (parts[2] * 200)[: parts[1]] + parts[0]
)
bodies = st.one_of(mixed, long_texts)


def as_compared(text: str) -> str:
    """By RFC 5051, but letters of a to z that come out of others are in upper case too."""
    return "".join(casemap(each).upper().decode() for each in text)


def segment_of(bodies: Sequence[str], first: int = 1) -> Segment:
    builder = SegmentBuilder()
    for number, body in enumerate(bodies):
        builder.add(EmailId(first + number), SearchText(body[:5], "", "", "", "", "", body, ""))
    return builder.segment()


def stored(*segments: Segment) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for table in TABLES:
        connection.execute(table)
    for segment in segments:
        file.store(connection, segment)
    return connection


def needles(data: st.DataObject, among: Sequence[str]) -> str:
    """A part of one of the texts, mostly a short one; or any."""
    whole = data.draw(st.sampled_from(among))
    start = data.draw(st.integers(0, max(len(whole) - 1, 0)))
    part = whole[start : start + data.draw(st.sampled_from((1, 2, 3, 5, 80, 300)))]
    return data.draw(st.one_of(st.just(part), st.just(part.swapcase()), texts))


def check(connection: sqlite3.Connection, among: Sequence[str], needle: str) -> None:
    found = find(connection, Wanted(needle, frozenset({Field.BODY})))
    right = {number for number, text in enumerate(among, 1) if as_compared(needle) in as_compared(text)}
    assert list(found.emails) == sorted(set(found.emails))
    assert right <= set(found.emails), needle
    if found.sure:
        assert right == set(found.emails), needle


@given(st.lists(bodies, min_size=1, max_size=6), st.data())
def test_nothing_that_matches_is_missed(among: list[str], data: st.DataObject) -> None:
    check(stored(segment_of(among)), among, needles(data, among))


@given(st.lists(bodies, min_size=2, max_size=8), st.integers(1, 7), st.sets(st.integers(1, 8)), st.data())
def test_merged_segments_find_the_same(among: list[str], cut: int, dead: set[int], data: st.DataObject) -> None:
    cut = min(cut, len(among))
    parts = [segment_of(among[:cut]), segment_of(among[cut:], first=cut + 1)]
    whole = merge.merged(parts, dead)
    left = [number for number in range(1, len(among) + 1) if number not in dead]
    assert list(whole.emails) == left
    wanted = Wanted(needles(data, among), frozenset(Field))
    plain = find(stored(*parts), wanted)
    assert array("q", [each for each in plain.emails if each not in dead]) == find(stored(whole), wanted).emails


@given(st.lists(bodies, min_size=1, max_size=4), mixed)
def test_fuzzy_searches_take_anything(among: list[str], query: str) -> None:
    found = find(stored(segment_of(among)), Wanted(query, frozenset(Field), Closeness.FUZZY))
    assert found.ranks is not None
    assert len(found.ranks) == len(found.emails)
    assert all(0 < rank <= 1 for rank in found.ranks)
