"""`docs/rfc.tsv` against the marks in the code (`RFC 5321 4.1.2`): neither says more than the other."""

import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

REPOSITORY = Path(__file__).parents[2]
TABLE = REPOSITORY / "docs/rfc.tsv"
HEADINGS = "rfc\tstatus\twhat\twhere"
MARK = re.compile(r"\bRFC (\d{3,5})\b")


class Row(NamedTuple):
    """A line of the table; `where` holds files."""

    rfc: int
    status: str
    what: str
    where: tuple[str, ...]


def _rows() -> list[Row]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    assert lines[0] == HEADINGS
    rows = []
    for line in lines[1:]:
        rfc, status, what, where = line.split("\t")
        rows.append(Row(int(rfc), status, what, () if where == "-" else tuple(where.split(" "))))
    return rows


def _marks() -> dict[int, set[str]]:
    """The files that cite each RFC."""
    found: dict[int, set[str]] = defaultdict(set)
    for file in sorted((REPOSITORY / "gateway").rglob("*.py")):
        for number in MARK.findall(file.read_text(encoding="utf-8")):
            found[int(number)].add(file.relative_to(REPOSITORY).as_posix())
    return found


ROWS = _rows()
MARKS = _marks()


def test_is_sorted_without_duplicates() -> None:
    numbers = [row.rfc for row in ROWS]
    assert numbers == sorted(set(numbers))


def test_every_rfc_that_the_code_cites_has_a_row() -> None:
    assert sorted(MARKS.keys() - {row.rfc for row in ROWS}) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.rfc))
def test_row(row: Row) -> None:
    assert row.status in {"yes", "partial", "no"}
    assert row.what == row.what.strip() != ""
    if row.status == "no":
        assert row.where == ()
    else:
        assert row.where
        assert [file for file in row.where if file not in MARKS[row.rfc]] == [], "these do not cite it"


def test_marks_are_written_in_one_way() -> None:
    """`RFC5321` and `rfc 5321` would be found by nobody who searches. `RFC822` is a name in IMAP (RFC 9051 6.4.5)."""
    other = re.compile(r"\b(?:RFC-?(?!822\b)\d+\b|[Rr]fc[ -]\d{3}|RFCs \d)")
    files = sorted((REPOSITORY / "gateway").rglob("*.py"))
    assert [file.name for file in files if other.search(file.read_text(encoding="utf-8"))] == []
