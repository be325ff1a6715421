"""Rows as columns: exactly what rows would have been, across slices."""

import sqlite3
from array import array
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.embedded.database.columns import FRACTION, SLICE, moments, packed, read_columns, read_slices

_ALL = """SELECT json_group_array(a), json_group_array(b)
    FROM (SELECT a, b FROM it WHERE b != ? AND a > ? ORDER BY a LIMIT ?)"""


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE it (a INTEGER PRIMARY KEY, b INTEGER)")
        yield made


@pytest.mark.parametrize("count", [0, 1, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE, 2 * SLICE + 7])
def test_slices(connection: sqlite3.Connection, count: int) -> None:
    rows = [(3 * number + 1, -number) for number in range(count)]
    connection.executemany("INSERT INTO it VALUES (?, ?)", rows)
    first, second = read_slices(connection, _ALL, (1,), "Iq")
    assert (first.typecode, second.typecode) == ("I", "q")
    assert list(zip(first, second, strict=True)) == rows


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_any_integer(numbers: list[int]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        (column,) = read_columns(connection, "SELECT json_group_array(value) FROM json_each(?)", (packed(numbers),))
    assert column == numbers


@given(st.lists(st.floats(2**30, 2**33), max_size=20))
def test_moments_are_exact(times: list[float]) -> None:
    sql = f"SELECT json_group_array(CAST(value * {FRACTION} AS INTEGER)) FROM (SELECT ? AS value)"
    with closing(sqlite3.connect(":memory:")) as connection:
        found = [moments(read_columns(connection, sql, (time,))[0])[0] for time in times]
    assert array("d", found) == array("d", times)
