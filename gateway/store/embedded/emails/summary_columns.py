"""A summary as the columns of `email`."""

import struct
from collections.abc import Sequence
from typing import Final

from gateway.mail.units import Timestamp
from gateway.summary.model import VERSION, Links, SortKeys, Summary

COLUMNS: Final = "summary, envelope, structure, preview, sent, attached, keys, links"
WIDTH: Final = 8
NO_SUMMARY: Final = (None,) * WIDTH

_LENGTHS: Final = struct.Struct("<6I")
_HEAD: Final = struct.Struct("<q?")

Columns = tuple[
    int | None, bytes | None, bytes | None, str | None, float | None, int | None, bytes | None, bytes | None
]


def columns_of(summary: Summary | None) -> Columns:
    """What is stored of it."""
    if summary is None:
        return NO_SUMMARY
    return (
        VERSION,
        summary.envelope,
        summary.structure,
        summary.preview,
        summary.sent,
        int(summary.attached),
        pack_keys(summary.keys),
        pack_links(summary.links),
    )


def summary_of(columns: Sequence[object]) -> Summary | None:
    """None: there is none, or an older version made it."""
    match columns:
        case (
            int(version),
            bytes(envelope),
            bytes(structure),
            str(preview),
            float() | None as sent,
            int(attached),
            bytes(keys),
            bytes(links),
        ) if version == VERSION:
            moment = None if sent is None else Timestamp(sent)
            return Summary(envelope, structure, preview, moment, unpack_keys(keys), unpack_links(links), bool(attached))
    return None


def pack_keys(keys: SortKeys) -> bytes:
    """Six lengths, then the octets."""
    fields = keys.subject, keys.sender, keys.to, keys.cc, keys.display_from, keys.display_to
    return _LENGTHS.pack(*map(len, fields)) + b"".join(fields)


def unpack_keys(octets: bytes) -> SortKeys:
    """The opposite."""
    fields: list[bytes] = []
    at = _LENGTHS.size
    for length in _LENGTHS.unpack_from(octets):
        fields.append(octets[at : at + length])
        at += length
    return SortKeys(*fields)


def pack_links(links: Links) -> bytes:
    """Its own, whether it answers, then the references."""
    head = _HEAD.pack(links.own, links.answers)
    return head + struct.pack(f"<{len(links.references)}q", *links.references)


def unpack_links(octets: bytes) -> Links:
    """The opposite."""
    own, answers = _HEAD.unpack_from(octets)
    count = (len(octets) - _HEAD.size) // 8
    return Links(own, struct.unpack_from(f"<{count}q", octets, _HEAD.size), answers)
