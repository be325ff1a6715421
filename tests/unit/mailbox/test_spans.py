"""Runs of positions, and the UIDs that are there."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from gateway.mailbox import spans
from gateway.store.uids import UidSet

UIDS = st.sets(st.integers(1, 80), min_size=1)


@st.composite
def some_spans(draw: st.DrawFn) -> tuple["array[int]", tuple[spans.Span, ...]]:
    uids = array("I", sorted(draw(UIDS)))
    taken = draw(st.sets(st.integers(0, len(uids) - 1)))
    return uids, spans.of_positions(sorted(taken))


@given(some_spans())
def test_exact_are_the_uids_there(given_: tuple["array[int]", tuple[spans.Span, ...]]) -> None:
    uids, places = given_
    assert spans.exact(uids, places) == UidSet.of(uids[at] for at in spans.positions(places))


@given(some_spans())
def test_covering_finds_the_same_positions(given_: tuple["array[int]", tuple[spans.Span, ...]]) -> None:
    uids, places = given_
    covered = spans.covering(uids, places)
    assert spans.merged(spans.of_uids(uids, covered)) == places
    assert len(covered.ranges) <= len(places)


@given(some_spans(), st.integers(1, 9))
def test_slices_are_the_same_positions(given_: tuple["array[int]", tuple[spans.Span, ...]], size: int) -> None:
    _, places = given_
    cut = list(spans.slices(places, size))
    assert list(spans.positions(cut)) == list(spans.positions(places))
    assert all(0 < stop - start <= size for start, stop in cut)
