"""From an event with its fields to a line. Secrets are never written; control characters never reach a terminal."""

import re
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Final

import orjson
import structlog

Clock = Callable[[], float]
Event = MutableMapping[str, object]
Render = Callable[[object, str, Event], bytes]

SECRET: Final = frozenset({"password", "passwd", "secret", "token", "credentials", "authorization", "auth"})
"""Fields whose values are replaced."""

_EMPTY: Final[tuple[object, ...]] = ("", [], ())
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def json_line(clock: Clock) -> Render:
    """One JSON object a line: `ts`, `level`, `event`, then the fields in the order given."""
    stamp = _stamps(clock)

    def render(_logger: object, level: str, event: Event) -> bytes:
        _prepare(event)
        fields = {"ts": stamp(), "level": level, "event": event.pop("event", ""), **event}
        try:
            return orjson.dumps(fields, default=str, option=orjson.OPT_APPEND_NEWLINE)
        except orjson.JSONEncodeError:
            safe = {key: _escaped(str(value)) for key, value in fields.items()}
            return orjson.dumps(safe, option=orjson.OPT_APPEND_NEWLINE)

    return render


def console(clock: Clock, *, colours: bool) -> Render:
    """A line for people, in colour on a terminal. Fields that are empty are left out."""
    stamp = _stamps(clock)
    pretty = structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=28, timestamp_key="ts")

    def render(logger: object, level: str, event: Event) -> bytes:
        _prepare(event)
        trace = event.pop("exception", None)
        shown = {key: _escaped(_plain(value)) for key, value in event.items() if value not in _EMPTY}
        line = pretty(logger, level, {"ts": stamp()[11:23], "level": level, **shown})
        return f"{line}\n{trace}\n".encode() if trace else f"{line}\n".encode()

    return render


def _prepare(event: Event) -> None:
    if not SECRET.isdisjoint(event):
        for key in SECRET & event.keys():
            event[key] = "(hidden)"
    if "exc_info" in event:
        structlog.processors.format_exc_info(None, "", event)


def _stamps(clock: Clock) -> Callable[[], str]:
    """RFC 3339 in UTC; the part up to the second is worked out once a second."""
    second = -1
    prefix = ""

    def stamp() -> str:
        nonlocal second, prefix
        now = clock()
        whole = int(now)
        if whole != second:
            second = whole
            prefix = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{prefix}.{int((now - whole) * 1_000_000):06d}Z"

    return stamp


def _plain(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
