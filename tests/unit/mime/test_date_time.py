from datetime import datetime

import pytest

from gateway.mime.date_time import parse_date_time


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"),
        ("Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
        ("Thu,\t13\tFeb 1969 23:32 -0330 (Newfoundland Time)", "1969-02-13T23:32:00-03:30"),
        ("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00"),
        ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21T09:55:06-06:00"),
        ("22 Nov 26 08:00 EST", "2026-11-22T08:00:00-05:00"),
        ("1 Jan 101 00:00:00 Z", "2001-01-01T00:00:00+00:00"),
        ("Sun Nov 22 08:00:00 2026", "2026-11-22T08:00:00+00:00"),
        ("Sun Nov 22 08:00:00 PDT 2026", "2026-11-22T08:00:00-07:00"),
        ("Sunday, 22-November-2026 08.00.00 UT", "2026-11-22T08:00:00+00:00"),
        ("2026-11-22T08:00:00.5+01:00", "2026-11-22T08:00:00+01:00"),
        ("Sun, 22 Nov 2026", "2026-11-22T00:00:00+00:00"),
        ("Sun, 22 Nov 2026 25:00:00 +0000", "2026-11-22T00:00:00+00:00"),
        ("Sun, 22 Nov 2026 08:00:00 +9999", "2026-11-22T08:00:00+00:00"),
        ("Sun, 22 Nov 2026 08:00:00 A", "2026-11-22T08:00:00+00:00"),
    ],
)
def test_dates(text: str, iso: str) -> None:
    """The first five: RFC 5322 A.1.1, A.1.2, A.5, A.6.2 and A.6.3; the last four: RFC 5256 2.2, RFC 5322 4.3."""
    expected = datetime.fromisoformat(iso)
    offset = expected.utcoffset()
    assert offset is not None
    assert parse_date_time(text) == (expected.timestamp(), offset.total_seconds() // 60)


@pytest.mark.parametrize(
    "text", ["", "junk", "31 Feb 2020 00:00:00 +0000", "1 Jan", "0 Jan 2020", "1 Jan 99999", "(" * 999]
)
def test_junk_is_no_date(text: str) -> None:
    assert parse_date_time(text) is None
