"""A summary as columns, and back."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.units import Timestamp
from gateway.store.embedded.emails.summary_columns import COLUMNS, PLACES, columns_of, described, summary_of
from gateway.summary.model import VERSION, Links, SortKeys, Summary

_BYTES = st.binary(max_size=50)
_KEY = st.text(max_size=50).map(lambda text: text.encode())
_HASH = st.integers(0, 2**63 - 1)
_KEYS = st.builds(SortKeys, _KEY, _KEY, _KEY, _KEY, _KEY, _KEY)
_LINKS = st.builds(Links, _HASH, st.lists(_HASH, max_size=100).map(tuple), st.booleans())
_SENT = st.none() | st.floats(-1e10, 1e10).map(Timestamp)
_SUMMARIES = st.builds(
    Summary, _BYTES, _BYTES, st.text(max_size=50), _SENT, _KEYS, _LINKS, st.booleans(), st.integers(-1440, 1440)
)


def stored(summary: Summary | None) -> tuple[object, ...]:
    return (*columns_of(summary), *(described(1, summary)[1:] if summary else (None, None, None)))


@given(_SUMMARIES)
def test_there_and_back(summary: Summary) -> None:
    assert len(columns_of(summary)) == len(COLUMNS.split(",")) == len(PLACES.split(","))
    assert summary_of(stored(summary)) == summary


def test_none() -> None:
    assert summary_of(stored(None)) is None
    assert len(columns_of(None)) == len(COLUMNS.split(","))


@given(_SUMMARIES)
def test_of_another_version(summary: Summary) -> None:
    assert summary_of((VERSION + 1, *stored(summary)[1:])) is None
