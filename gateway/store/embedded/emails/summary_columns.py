"""A summary as the columns of `email` and a row of `description`."""

from array import array
from collections.abc import Sequence
from typing import Final

from gateway.mail.units import Timestamp
from gateway.store.model import SortText
from gateway.summary.model import VERSION, Links, Odd, SortKeys, Summary

KEYS: Final = {which: f"key_{which.value}" for which in SortText}
COLUMNS: Final = f"summary, sent, zone, attached, {', '.join(KEYS.values())}, link_own, link_answers, link_references"
PLACES: Final = ", ".join("?" * (4 + len(KEYS) + 3))
NO_SUMMARY: Final = (None,) * (4 + len(KEYS) + 3)
DESCRIPTION: Final = "envelope, structure, preview"
DESCRIBE: Final = f"INSERT OR REPLACE INTO description (email, {DESCRIPTION}) VALUES (?, ?, ?, ?)"  # noqa: S608

Columns = tuple[str | int | float | bytes | None, ...]


def columns_of(summary: Summary | None) -> Columns:
    """What is stored of it in `email`."""
    if summary is None:
        return NO_SUMMARY
    keys, links = summary.keys, summary.links
    texts = keys.subject, keys.sender, keys.to, keys.cc, keys.display_from, keys.display_to
    return (
        VERSION,
        summary.sent,
        summary.zone,
        int(summary.attached) | summary.odd << 1,
        *(text.decode() for text in texts),
        links.own,
        int(links.answers),
        array("q", links.references).tobytes(),
    )


def described(email: int, summary: Summary) -> tuple[int, bytes, bytes, str]:
    """Its row of `description`."""
    return email, summary.envelope, summary.structure, summary.preview


def summary_of(columns: Sequence[object]) -> Summary | None:
    """Of COLUMNS and DESCRIPTION. None: there is none, or an older version made it."""
    match columns:
        case (
            int(version),
            float() | None as sent,
            int(zone),
            int(attached),
            str(subject),
            str(sender),
            str(to),
            str(cc),
            str(display_from),
            str(display_to),
            int(own),
            int(answers),
            bytes(references),
            bytes(envelope),
            bytes(structure),
            str(preview),
        ) if version == VERSION:
            texts = subject, sender, to, cc, display_from, display_to
            keys = SortKeys(*(text.encode() for text in texts))
            links = Links(own, tuple(array("q", references)), bool(answers))
            moment = None if sent is None else Timestamp(sent)
            return Summary(
                envelope, structure, preview, moment, keys, links, bool(attached & 1), zone, Odd(attached >> 1)
            )
    return None
