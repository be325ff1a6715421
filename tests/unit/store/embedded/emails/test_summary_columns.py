"""A summary as columns, and back."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.units import Timestamp
from gateway.store.embedded.emails.summary_columns import (
    COLUMNS,
    WIDTH,
    columns_of,
    pack_keys,
    pack_links,
    summary_of,
    unpack_keys,
    unpack_links,
)
from gateway.summary.model import VERSION, Links, SortKeys, Summary

_BYTES = st.binary(max_size=50)
_HASH = st.integers(0, 2**63 - 1)
_KEYS = st.builds(SortKeys, _BYTES, _BYTES, _BYTES, _BYTES, _BYTES, _BYTES)
_LINKS = st.builds(Links, _HASH, st.lists(_HASH, max_size=100).map(tuple), st.booleans())
_SENT = st.none() | st.floats(-1e10, 1e10).map(Timestamp)
_SUMMARIES = st.builds(Summary, _BYTES, _BYTES, st.text(max_size=50), _SENT, _KEYS, _LINKS, st.booleans())


@given(_SUMMARIES)
def test_there_and_back(summary: Summary) -> None:
    columns = columns_of(summary)
    assert len(columns) == WIDTH == len(COLUMNS.split(","))
    assert summary_of(columns) == summary


@given(_KEYS, _LINKS)
def test_parts_there_and_back(keys: SortKeys, links: Links) -> None:
    assert unpack_keys(pack_keys(keys)) == keys
    assert unpack_links(pack_links(links)) == links


def test_none() -> None:
    assert summary_of(columns_of(None)) is None


@given(_SUMMARIES)
def test_of_another_version(summary: Summary) -> None:
    assert summary_of((VERSION + 1, *columns_of(summary)[1:])) is None
