"""How the queue looks: rows for people, objects for programs."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from gateway.cli.common import table
from gateway.cli.shown import Json, safe, span
from gateway.mail.message import Message
from gateway.mail.octets import OctetSource
from gateway.mail.outcome import Delivered
from gateway.mail.rfc3339 import rfc3339
from gateway.mail.units import Timestamp
from gateway.queue.codec import summary
from gateway.queue.ids import number_of
from gateway.queue.stored import Attempt, Entry

MAX_HEADER = 256 * 1024
"""Octets of a message's header that are shown."""


def entry_object(entry: Entry) -> dict[str, Json]:
    """One delivery for programs."""
    message, delivery = entry.message, entry.delivery
    return {
        "id": message.id,
        "delivery": entry.name,
        "message_id": message.message_id,
        "sender": str(message.sender),
        "recipient": str(delivery.recipient.address),
        "state": delivery.state.value,
        "route": delivery.route,
        "attempts": delivery.attempts,
        "due": rfc3339(delivery.due) if entry.finished is None else None,
        "last_reply": delivery.last_reply,
        "needs": [need.lower() for need in delivery.needs],
        "hop": delivery.hop_key,
        "received": rfc3339(message.received),
        "size": message.size,
        "finished": rfc3339(entry.finished) if entry.finished is not None else None,
        "hold_reason": delivery.hold_reason,
        "alias_of": delivery.alias_of,
        "ordered": entry.ordered,
    }


def attempt_object(attempt: Attempt) -> dict[str, Json]:
    """One attempt for programs."""
    outcome = attempt.outcome
    reply = outcome.reply
    changed = outcome.changed if isinstance(outcome, Delivered) else ()
    return {
        "at": rfc3339(attempt.at),
        "outcome": type(outcome).__name__.lower(),
        "host": outcome.host,
        "reply": str(reply) if reply else "",
        "why": "" if isinstance(outcome, Delivered) else outcome.why,
        "hop": attempt.hop_key,
        "route": attempt.route,
        "needs": [need.lower() for need in attempt.needs],
        "rewritten": list(changed),
    }


def entry_table() -> Table:
    """The table that `add_entry` fills."""
    return table("Delivery", "State", "Age", "Due", "Tries", "Sender", "Recipient", "Route", "Last reply")


def add_entry(rows: Table, entry: Entry, now: Timestamp) -> None:
    """One delivery as a row."""
    message, delivery = entry.message, entry.delivery
    late = delivery.due - now
    due = "-" if entry.finished is not None else f"in {span(late)}" if late > 0 else "now"
    rows.add_row(
        entry.name,
        delivery.state.value + (f" ({entry.ordered} ordered)" if entry.ordered else ""),
        span(now - message.received),
        due,
        str(delivery.attempts),
        safe(str(message.sender) or "<>"),
        safe(str(delivery.recipient.address)),
        safe(delivery.route),
        safe(delivery.hold_reason or delivery.last_reply),
    )


def message_table(message: Message) -> Table:
    """The envelope of a message."""
    options, origin = message.options, message.origin
    asked = [f"BODY={options.body}" if options.body else "", "SMTPUTF8" if options.smtputf8 else ""]
    asked += ["REQUIRETLS" if options.requiretls else "", f"RET={options.ret}" if options.ret else ""]
    asked.append(f"ENVID={options.envid}" if options.envid is not None else "")
    facts = {
        "Queue id": message.id,
        "Received": rfc3339(message.received),
        "From": str(message.sender) or "<>",
        "Message-ID": message.message_id,
        "Size": f"{message.size} octets",
        "Asked for": " ".join(filter(None, asked)) or "-",
        "Client": f"{origin.ip or 'this machine'} {origin.name} helo={origin.helo} listener={origin.listener}",
        "Session": f"{origin.tls.version if origin.tls else 'no TLS'}, {origin.authenticated or 'not logged in'}",
    }
    rows = table("", "")
    rows.show_header = False
    for name, fact in facts.items():
        rows.add_row(name, safe(fact))
    return rows


def attempt_table(attempts: Sequence[tuple[Entry, Sequence[Attempt]]]) -> Table:
    """All attempts of a message's deliveries."""
    rows = table("Delivery", "At", "Host", "Route", "Needs", "Reply", "Rewritten")
    for entry, each in attempts:
        for attempt in each:
            outcome = attempt.outcome
            rows.add_row(
                f"/{number_of(entry.delivery.id)}",
                rfc3339(attempt.at),
                safe(outcome.host or attempt.hop_key),
                safe(attempt.route),
                " ".join(attempt.needs) or "-",
                safe(summary(outcome)),
                safe("; ".join(outcome.changed) if isinstance(outcome, Delivered) else "") or "-",
            )
    return rows


def header_lines(octets: OctetSource) -> list[Text]:
    """The header of a message, a line each, made safe for a terminal."""
    end = octets.find(b"\r\n\r\n", 0, min(len(octets), MAX_HEADER))
    header = octets.read(0, end if end >= 0 else min(len(octets), MAX_HEADER))
    return [safe(line.replace("\t", " ")) for line in header.decode("utf-8", "replace").split("\r\n")]
