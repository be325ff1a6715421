"""How sessions look: rows for people, objects for programs."""

from collections.abc import Iterable

from rich.table import Table

from gateway.accounts.model import SessionInfo
from gateway.cli.shown import Json, plain, rows, span
from gateway.mail.rfc3339 import rfc3339
from gateway.mail.units import Timestamp


def session_object(info: SessionInfo) -> dict[str, Json]:
    """A session for programs."""
    return {
        "id": info.id,
        "account": info.account,
        "address": str(info.address),
        "service": info.service.value,
        "listener": plain(info.listener),
        "client": plain(info.client),
        "tls": plain(info.tls),
        "mechanism": plain(info.mechanism),
        "since": rfc3339(info.since),
    }


def session_table(sessions: Iterable[SessionInfo], now: Timestamp) -> Table:
    """Sessions, one a line."""
    return rows(
        ("Session", "Account", "Service", "Listener", "Client", "TLS", "Mechanism", "Age"),
        (
            (
                each.id,
                str(each.address),
                each.service.value,
                each.listener,
                each.client,
                each.tls or "none",
                each.mechanism,
                span(now - each.since),
            )
            for each in sessions
        ),
    )
