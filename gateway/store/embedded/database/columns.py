"""Many rows as columns. SQLite makes a JSON array of each column: Python is called once for thousands of rows, and
other threads (the event loop) run meanwhile; fetching rows would ask for the interpreter's lock at each of them."""

import sqlite3
from array import array
from collections.abc import Sequence
from typing import Final

import orjson

SLICE: Final = 16_384
"""Rows at a time."""
FRACTION: Final = 1 << 22
"""A moment as a whole number, exactly: a float of seconds since 1970 has no more than 22 bits after the point."""

Parameter = str | int | float | bytes | None
Column = list[int]


def read_columns(connection: sqlite3.Connection, sql: str, parameters: Sequence[Parameter]) -> tuple[Column, ...]:
    """Of one row of `json_group_array`s of integers."""
    return tuple(orjson.loads(column) for column in connection.execute(sql, parameters).fetchone())


def read_slices(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[Parameter], codes: str
) -> "tuple[array[int], ...]":
    """Of a statement whose last parameters are what the first column is over, and how many rows; `codes`: one typecode
    for each column."""
    arrays: tuple[array[int], ...] = tuple(array(code) for code in codes)
    after, more = 0, True
    while more:
        columns = read_columns(connection, sql, (*parameters, after, SLICE))
        for target, column in zip(arrays, columns, strict=True):
            target.extend(column)
        more = len(columns[0]) == SLICE
        after = arrays[0][-1] if arrays[0] else 0
    return arrays


def moments(numbers: Sequence[int]) -> "array[float]":
    """From multiples of 1 / FRACTION."""
    return array("d", [number / FRACTION for number in numbers])


def packed(numbers: Sequence[int] | Sequence[tuple[int, int]]) -> str:
    """As a parameter for `json_each`."""
    return orjson.dumps(numbers).decode()
