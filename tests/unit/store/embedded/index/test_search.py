"""What is found, and how near it has to be."""

from array import array

import pytest

from gateway.store.embedded.index.search import find
from gateway.store.embedded.index.segment import Segment, SegmentBuilder
from gateway.store.embedded.index.terms import LONG, STEP, pieces_of, terms_of
from gateway.store.model import EmailId
from gateway.store.protocol.search import Closeness, Field, Wanted
from gateway.summary.model import SearchText
from tests.property.test_index import stored

TEXTS = (
    "Die Straße nach Köln",
    "Un café à Orléans",
    "東京サーバの障害",
    "He was running quickly",
    "Rechnungen, zwei Häuser",
)


def segment(*texts: str, field: str = "body") -> Segment:
    builder = SegmentBuilder()
    for number, text in enumerate(texts, 1):
        parts = dict.fromkeys(SearchText.__slots__, "") | {field: text}
        builder.add(EmailId(number), SearchText(**parts))
    return builder.segment()


def search(needle: str, closeness: Closeness, *texts: str) -> list[int]:
    return list(find(stored(segment(*texts)), Wanted(needle, frozenset(Field), closeness)).emails)


@pytest.mark.parametrize(
    ("needle", "found"),
    [
        ("障害", [3]),
        ("害", [3]),
        ("サーバの", [3]),
        ("RUNN", [4]),
        ("tra", [1]),
        ("STRASSE", []),
        ("cafe", [2]),
        ("", [1, 2, 3, 4, 5]),
        ("zebra", []),
    ],
)
def test_exact(needle: str, found: list[int]) -> None:
    assert search(needle, Closeness.EXACT, *TEXTS) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("strasse", [1]),
        ("Straßen", [1]),
        ("koeln", [1]),
        ("köln strasse", [1]),
        ("cafe", [2]),
        ("Orleans café", [2]),
        ("障害 東京", [3]),
        ("障", [3]),
        ("run", [4]),
        ("Rechnung", [5]),
        ("Haus", [5]),
        ("Haus zebra", []),
        ("", []),
        ("...", []),
    ],
)
def test_fuzzy(query: str, found: list[int]) -> None:
    assert search(query, Closeness.FUZZY, *TEXTS) == found


@pytest.mark.parametrize(
    ("query", "text"),
    [("Mueller", "Müller"), ("Müller", "Mueller"), ("studies", "study"), ("smorrebrod", "Smørrebrød"),
     ("œuvre", "oeuvre"), ("happy", "HAPPY"), ("Лодка", "лодки"), ("Łódź", "lodz"), ("áéí", "aei"),
     ("서버", "메일서버의 장애")],
)  # fmt: skip
def test_fuzzy_pairs(query: str, text: str) -> None:
    assert search(query, Closeness.FUZZY, text, "something else") == [1]


def test_ranks_say_where_it_was_found() -> None:
    here = segment("report", "reports", "nothing", field="subject")
    there = segment("x", "x", "x", "the report")
    found = find(stored(here, there), Wanted("report", frozenset(Field), Closeness.FUZZY))
    assert found.emails == array("q", [1, 2, 4])
    ranks = found.ranks
    assert ranks is not None
    assert ranks[0] > ranks[1] > ranks[2]


def test_words_may_be_in_different_fields_when_fuzzy_only() -> None:
    builder = SegmentBuilder()
    builder.add(EmailId(1), SearchText("apple", "", "", "", "", "", "pear", ""))
    index = stored(builder.segment())
    assert list(find(index, Wanted("pear apple", frozenset(Field), Closeness.FUZZY)).emails) == [1]
    assert list(find(index, Wanted("pear apple", frozenset(Field))).emails) == []


@pytest.mark.parametrize(("needle", "sure"), [("word", True), ("障害", True), ("障", True), ("", True),
                                              ("障害者", False),
                                              ("two words", False), ("a@b", False), ("@", False), ("a.", False),
                                              ("x" * STEP, True), ("x" * (STEP + 1), False)])  # fmt: skip
def test_when_it_is_sure(needle: str, sure: bool) -> None:
    assert pieces_of(needle).sure is sure


def test_a_run_without_end_costs_no_more_than_its_length() -> None:
    assert terms_of("a" * 1_000_000) <= {b"A" * length for length in range(LONG + 1)}
    runs = terms_of("".join(chr(97 + number * number % 26) for number in range(1_000_000)))
    assert sum(map(len, runs)) < 2_100_000


def test_every_part_of_a_long_run_is_whole_in_one_term() -> None:
    text = "".join(chr(65 + number * number * 7 % 26) for number in range(1000))
    terms = terms_of(text)
    for start in range(len(text) - STEP):
        assert any(text[start : start + STEP].encode() in term for term in terms)
