"""How things are shown to people."""

import pytest

from gateway.cli.shown import size
from gateway.settings.scalars import octets


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1536, "1.5 kB"), (10_000_000, "10 MB"), (2_345_678_901, "2.3 GB")],
)
def test_sizes(amount: int, shown: str) -> None:
    assert size(amount) == shown


def test_what_is_shown_can_be_written_into_the_configuration() -> None:
    assert octets(size(5_000_000_000).replace(" ", "")) == 5_000_000_000
