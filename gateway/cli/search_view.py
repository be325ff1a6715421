"""How messages that were found look: rows for people, objects for programs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from gateway.cli.shown import Json, plain, rows
from gateway.mail.octets import OctetSource
from gateway.mail.rfc3339 import rfc3339
from gateway.mail.units import Timestamp
from gateway.mailbox.search.scope import Step
from gateway.mime.field_text import decoded
from gateway.mime.header import header_fields
from gateway.store.model import EmailId, Uid


@dataclass(frozen=True, slots=True)
class Hit:
    """A message."""

    mailbox: str
    uid: Uid
    email: EmailId
    received: Timestamp
    octets: OctetSource

    def field(self, name: str) -> str:
        """The first field of this name, decoded; empty where there is none."""
        found = (field.value for field in header_fields(self.octets) if field.name.lower() == name)
        span = next(found, None)
        return "" if span is None else decoded(self.octets.read(span.start, span.stop))


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one mailbox."""

    mailbox: str
    hits: Sequence[Hit]
    """The latest."""
    found: int
    steps: Sequence[Step]


def found_table(looked: Iterable[Looked]) -> Table:
    """All messages, one a line."""
    hits = [hit for each in looked for hit in each.hits]
    return rows(
        ("Mailbox", "UID", "Date", "From", "Subject"),
        [(hit.mailbox, str(hit.uid), rfc3339(hit.received), hit.field("from"), hit.field("subject")) for hit in hits],
    )


def told(looked: Sequence[Looked]) -> list[str]:
    """What the table does not say."""
    lines = [
        f"{plain(each.mailbox)}: {each.found - len(each.hits)} more" for each in looked if each.found > len(each.hits)
    ]
    return lines if any(each.found for each in looked) else ["nothing found"]


def explanation(looked: Iterable[Looked]) -> str:
    """What was asked in which order, and what was left after each."""
    lines = []
    for each in looked:
        lines += ["", f"{plain(each.mailbox)}: {each.found} found"]
        lines += [f"  {plain(str(step))}" for step in each.steps]
    return "\n".join(lines)


def looked_object(looked: Looked) -> dict[str, Json]:
    """A mailbox for programs."""
    return {
        "mailbox": plain(looked.mailbox),
        "found": looked.found,
        "messages": [_hit_object(hit) for hit in looked.hits],
        "steps": [
            {"condition": plain(step.condition), "among": step.among, "found": step.found, "read": step.looked_at}
            for step in looked.steps
        ],
    }


def _hit_object(hit: Hit) -> dict[str, Json]:
    return {
        "uid": hit.uid,
        "email": hit.email,
        "received": rfc3339(hit.received),
        "from": plain(hit.field("from")),
        "subject": plain(hit.field("subject")),
    }
