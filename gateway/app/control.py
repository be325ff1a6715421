"""What is said over the control socket of a worker: commands ask who is connected, end sessions, and say that the
accounts have changed. `control_server` is the worker's end, `workers` that of the commands.

A client writes one line of JSON, the worker answers with one, and the connection ends::

    sessions = {"ask": "sessions"}                                     → {"sessions": [SESSION, …]}
    kick     = {"ask": "kick", "session" / "account": ID, "why": TEXT} → {"kicked": NUMBER}
    changed  = {"ask": "changed"}                                      → {"changed": true}

What is wrong with a request is answered with `{"error": TEXT}`. The sockets are `DATA/run/worker-N.sock`, for the
gateway's own user alone. One that nobody listens on belongs to a worker that died: it is passed over.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import orjson

from gateway.accounts.model import SessionId, SessionInfo
from gateway.auth.authenticator import AccountId, Service
from gateway.mail.address import parse_address
from gateway.mail.units import Seconds, Timestamp

MAX_REQUEST: Final = 4096
"""Octets of a request with its line end."""
MAX_ANSWER: Final = 16 * 1024 * 1024
"""Octets of an answer: some 50,000 sessions."""
PATIENCE: Final = Seconds(3)
"""How long a worker may take to answer, and a client to ask."""

_MAX_PATH = 100
"""Octets of a path that any system takes for a socket (unix(7) has 107 here, others 103)."""
_LATEST = 1e11
"""Seconds: the year 5138."""
_SESSION_TEXTS: Final = ("id", "address", "service", "listener", "client", "tls", "mechanism")

Fields = dict[str, object]


class BadRequest(ValueError):
    """The request is none of ours; the message says why."""


class BadAnswer(ValueError):
    """The answer is none of ours."""


def socket_path(data: Path, worker: int) -> Path:
    """Where a worker listens."""
    return data / "run" / f"worker-{worker}.sock"


def sayable(text: str) -> bool:
    """Whether a client of any protocol can be told it: printable ASCII that fits in a line."""
    return text.isascii() and text.isprintable() and 0 < len(text) <= 200


@contextmanager
def short(path: Path) -> Iterator[str]:
    """A name of the path that the system takes for a socket, however deep the folder is."""
    if len(os.fsencode(path)) <= _MAX_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def fields(line: bytes) -> Fields:
    """A JSON object. Raises ValueError."""
    value: object = orjson.loads(line)
    if not isinstance(value, dict):
        raise BadRequest("a JSON object is wanted")
    return value


def session_object(info: SessionInfo) -> Fields:
    """A session as an answer has it."""
    return asdict(info) | {"address": str(info.address), "service": info.service.value}


def sessions_of(answer: Fields) -> list[SessionInfo]:
    """The sessions of an answer. Raises ValueError."""
    rows = answer.get("sessions")
    if not isinstance(rows, list):
        raise BadAnswer("no sessions")
    return [_session_of(row) for row in rows]


def _session_of(row: object) -> SessionInfo:
    """Raises ValueError."""
    if not isinstance(row, dict):
        raise BadAnswer("no session")
    texts = {key: _text(row.get(key)) for key in _SESSION_TEXTS}
    account, since = row.get("account"), row.get("since")
    if not isinstance(account, int) or not isinstance(since, int | float) or not 0 <= since < _LATEST:
        raise BadAnswer("a session has an account and a beginning")
    return SessionInfo(
        SessionId(texts["id"]),
        AccountId(account),
        parse_address(texts["address"]),
        Service(texts["service"]),
        texts["listener"],
        texts["client"],
        texts["tls"],
        texts["mechanism"],
        Timestamp(since),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadAnswer("a session is described in text")
    return value
