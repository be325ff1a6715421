import pytest

from gateway.mail.rfc3339 import rfc3339
from gateway.mail.units import Timestamp


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1_795_338_900.0, "2026-11-22T09:15:00Z"),
        (1_795_338_900.999, "2026-11-22T09:15:00Z"),
        (253_402_300_799.0, "9999-12-31T23:59:59Z"),
        (1e18, "9999-12-31T23:59:59Z"),
    ],
)
def test_a_moment_in_whole_seconds(moment: float, text: str) -> None:
    assert rfc3339(Timestamp(moment)) == text
