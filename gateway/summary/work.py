"""Making summaries: one pass of the MIME scanner over a message. Never fails; of a large one only windows are read."""

from gateway.mail.octets import OctetSource
from gateway.mime.date_time import parse_date_time
from gateway.mime.field_text import decoded_text
from gateway.summary.body import leaves
from gateway.summary.envelope import correspondents, envelope
from gateway.summary.header import Header
from gateway.summary.keys import sort_keys
from gateway.summary.links import links
from gateway.summary.model import Summary
from gateway.summary.oddness import oddness
from gateway.summary.opening import opened
from gateway.summary.preview import preview
from gateway.summary.structure import body_structure
from gateway.summary.subject import base_subject


def summarize(octets: OctetSource) -> Summary:
    """The summary of a message whose lines end with CRLF."""
    root, raw, fields = opened(octets)
    header = Header(raw, fields)
    people = correspondents(header)
    base = base_subject(decoded_text(header.text("subject") or ""))
    found = tuple(leaves(octets, root))
    moment = parse_date_time(header.text("date") or "")
    return Summary(
        envelope=envelope(header, people),
        structure=body_structure(octets, root, header),
        preview=preview(octets, found),
        sent=moment.at if moment else None,
        keys=sort_keys(base.text, people),
        links=links(header, answers=base.answers),
        attached=any(leaf.attached for leaf in found),
        zone=moment.offset if moment else 0,
        odd=oddness(octets, root),
    )
