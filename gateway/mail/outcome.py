"""What became of one recipient in one attempt. Expected results are values, never exceptions."""

from dataclasses import dataclass

from gateway.mail.codes import EnhancedCode
from gateway.mail.reply import Reply


@dataclass(frozen=True, slots=True)
class Delivered:
    """The next hop took it."""

    host: str
    reply: Reply
    changed: tuple[str, ...] = ()
    """What was rewritten on the way, in words: `header Subject to RFC 2047`, `SMTPUTF8 not sent`."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """To be tried again. `hop_trouble`: the host (421, no connection), not this message, is why."""

    status: EnhancedCode
    why: str
    host: str = ""
    reply: Reply | None = None
    hop_trouble: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """Never to be tried again; the sender is told."""

    status: EnhancedCode
    why: str
    host: str = ""
    reply: Reply | None = None


Outcome = Delivered | Deferred | Failed
