"""Sets of UIDs against sets of numbers."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.store.uids import UidSet

SETS = st.frozensets(st.integers(1, 40))


def well_formed(uids: UidSet) -> bool:
    """Ascending, and none touches the next."""
    ends = [end for pair in uids.ranges for end in pair]
    apart = all(high + 1 < low for (_, high), (low, _) in zip(uids.ranges, uids.ranges[1:], strict=False))
    return ends == sorted(ends) and apart


@given(SETS, SETS)
def test_operations(one: frozenset[int], other: frozenset[int]) -> None:
    left, right = UidSet.of(one), UidSet.of(other)
    for found, expected in ((left | right, one | other), (left & right, one & other), (left - right, one - other)):
        assert set(found) == expected
        assert len(found) == len(expected)
        assert well_formed(found)


@given(SETS)
def test_forms(uids: frozenset[int]) -> None:
    made = UidSet.of(uids)
    assert well_formed(made)
    assert UidSet.parse(str(made)) == made == UidSet.ranges_of((high, low) for low, high in made.ranges)
    assert [uid for uid in range(50) if uid in made] == sorted(uids) == list(made)
