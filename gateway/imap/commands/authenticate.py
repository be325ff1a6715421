"""AUTHENTICATE with an initial response (RFC 9051 6.2.2, RFC 4959): the framing of SASL in IMAP.

ABNF, as read here::

    authenticate = "AUTHENTICATE" SP sasl-mech [ SP initial ] CRLF *( response CRLF )
    sasl-mech    = 1*20( ALPHA / DIGIT / "-" / "_" )      ; case-blind
    initial      = base64 / "="                           ; "=": of no octets
    response     = [ base64 ] / "*"                       ; "*": the client gives up
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

from gateway.auth.authenticator import Why
from gateway.auth.mechanisms import start
from gateway.auth.sasl import MAX_RESPONSE, Challenge, Channel, Denied, Exchange, Granted, Step
from gateway.imap.commands.log_in import demand_privacy, denied, failed, granted
from gateway.imap.registry import Capability, Extension, News, When, always, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, Refusal, bad, refused
from gateway.imap.wire.scanner import Scanner

_MECHANISM: Final = re.compile(r"[A-Z0-9_-]{1,20}")


@dataclass(frozen=True, slots=True)
class Authenticate:
    """SP mechanism [SP initial response]."""

    mechanism: str
    initial: bytes | None = field(repr=False)
    """As it was written."""


class _BrokenOff(Exception):
    """The client does not go on, or not as it has to."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why = why


def _parse(scanner: Scanner) -> Authenticate:
    scanner.space()
    name = scanner.keyword("a SASL mechanism").decode()
    return Authenticate(name, scanner.rest("base64") if scanner.skip(b" ") else None)


async def _authenticate(session: Session, arguments: Authenticate) -> Completion:
    demand_privacy(session)
    logins = session.service.logins
    channel = session.channel(arguments.mechanism)
    known = _MECHANISM.fullmatch(arguments.mechanism) and arguments.mechanism in logins.offered(channel)
    exchange = start(arguments.mechanism, channel, logins.authenticator) if known else None
    if exchange is None:
        raise refused("this mechanism is not offered: CAPABILITY lists those that are", b"CANNOT")
    try:
        step = await _ended(session, exchange, arguments.initial)
    except _BrokenOff as error:
        await logins.authenticator.failed(error.why, "", channel.around)
        raise Refusal(failed(session, bad(str(error), b"" if error.why is Why.CANCELLED else b"CLIENTBUG"))) from error
    return await _told(session, step, channel)


async def _ended(session: Session, exchange: Exchange, initial: bytes | None) -> Granted | Denied:
    octets = None if initial is None else b"" if initial == b"=" else _decoded(initial)
    step: Step = await exchange.step(octets)
    while isinstance(step, Challenge):
        step = await exchange.step(await _answer(session, step.octets))
    return step


async def _told(session: Session, step: Granted | Denied, channel: Channel) -> Completion:
    """What the mechanism has still to say is a challenge that is answered with nothing (RFC 4422 3.5)."""
    answer = b""
    if step.last is not None:
        try:
            answer = await _answer(session, step.last)
        except _BrokenOff as error:
            answer = str(error).encode()
    if isinstance(step, Denied):
        return denied(session, step.denial)
    if answer:
        return failed(session, bad("the last answer of a log-in is empty"))
    return granted(session, step.login, channel.around)


async def _answer(session: Session, challenge: bytes) -> bytes:
    """Raises _BrokenOff, ConnectionError."""
    session.output.write(b"+ " + base64.b64encode(challenge) + b"\r\n")
    try:
        line = await session.line()
    except ValueError as error:
        raise _BrokenOff(Why.MALFORMED, "the response is too long") from error
    if line == b"*":
        raise _BrokenOff(Why.CANCELLED, "log-in cancelled")
    return _decoded(line)


def _decoded(text: bytes) -> bytes:
    """Raises _BrokenOff. Python forgives padding behind whole groups; RFC 9051 6.2.2 does not."""
    try:
        octets = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise _BrokenOff(Why.MALFORMED, "this is not base64 (RFC 4648 4)") from error
    if len(text) % 4:
        raise _BrokenOff(Why.MALFORMED, "this is not base64 (RFC 4648 4)")
    if len(octets) > MAX_RESPONSE:
        raise _BrokenOff(Why.MALFORMED, "the response is too long")
    return octets


EXTENSION: Final = Extension(
    commands=(command("AUTHENTICATE", _parse, _authenticate, When.NOT_AUTHENTICATED, News.NONE),),
    capabilities=(Capability("SASL-IR", always),),
)
