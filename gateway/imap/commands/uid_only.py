"""UIDONLY (RFC 9586): no message numbers any more, neither in commands nor in responses. And the limit of messages that
one command works on (MESSAGELIMIT, RFC 9738)."""

from typing import Final

from gateway.imap.registry import Capability, Extension, logged_in
from gateway.imap.session import UIDONLY, Session


def _limit(session: Session) -> str:
    return str(session.service.config.message_limit)


def _is_limited(session: Session) -> bool:
    return session.login is not None and session.service.config.message_limit is not None


EXTENSION: Final = Extension(
    capabilities=(Capability(UIDONLY, logged_in), Capability("MESSAGELIMIT", _is_limited, _limit)),
    enables=frozenset({UIDONLY}),
)
