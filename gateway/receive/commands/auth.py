"""AUTH (RFC 4954): the framing of SASL in SMTP, and what a log-in, good or bad, means for the session.

ABNF, as read here::

    auth-command  = "AUTH" SP sasl-mech [ SP initial-response ] CRLF *( response CRLF )
    sasl-mech     = 1*20( ALPHA / DIGIT / "-" / "_" )      ; case-blind
    initial       = base64 / "="                           ; "=": of no octets
    response      = [ base64 ] / "*"                       ; "*": the client gives up

A challenge is only said to a client that waits for it: octets that came before it may be commands or responses, and
nobody can say which.
"""

import base64
import binascii
import contextlib
import logging
import re
from typing import Final

from gateway.accounts.protocol import AccountsUnavailable
from gateway.auth.authenticator import Denial, Why
from gateway.auth.mechanisms import start
from gateway.auth.sasl import MAX_RESPONSE, Challenge, Channel, Denied, Exchange, Granted
from gateway.listen.logins import Logins
from gateway.mail.reply import Reply
from gateway.receive.attempts import Attempt
from gateway.receive.commands.denials import denied
from gateway.receive.replies import (
    ARGUMENT_MISSING,
    AUTH_CANCELLED,
    AUTH_TOO_LONG,
    AUTH_TROUBLE,
    ENCRYPT_FIRST,
    ENOUGH_LOGINS,
    GREET_FIRST,
    LOGGED_IN,
    LOGGED_IN_ALREADY,
    NO_LONGER_GOOD,
    NOT_BASE64,
    NOT_HERE,
    ONE_AT_A_TIME,
    TOO_EARLY,
    UNKNOWN_MECHANISM,
)
from gateway.receive.session import Mode, Session

LONGEST_LINE: Final = len("AUTH ") + 20 + len(" ") + (MAX_RESPONSE + 2) // 3 * 4 + len("\r\n")
"""Octets of an AUTH command or a response: whatever the limit for other commands is (RFC 4954 4)."""

_MECHANISM = re.compile(r"[A-Za-z0-9_-]{1,20}")

log = logging.getLogger(__name__)


def auth(session: Session, argument: str) -> Reply | None:
    """Begins a log-in. None: the reply follows when the accounts have been asked."""
    logins = session.service.logins
    if logins is None:
        return NOT_HERE
    refusal = _forbidden(session)
    if refusal is not None:
        return refusal
    name, _, initial = argument.partition(" ")
    if not name:
        return ARGUMENT_MISSING
    channel = session.channel(name.upper())
    exchange = _begun(name.upper(), channel, logins)
    if exchange is None:
        return UNKNOWN_MECHANISM
    session.auth.attempt = Attempt(exchange, channel)
    _answered(session, session.auth.attempt, _initial(initial.strip(" ")))
    return None


def _forbidden(session: Session) -> Reply | None:
    origin = session.origin
    if origin is None or not origin.extended:
        return GREET_FIRST
    if session.login is not None:
        return LOGGED_IN_ALREADY
    if session.transaction is not None:
        return ONE_AT_A_TIME
    return None if session.private else ENCRYPT_FIRST


def _begun(name: str, channel: Channel, logins: Logins) -> Exchange | None:
    known = _MECHANISM.fullmatch(name) and name in logins.offered(channel)
    return start(name, channel, logins.authenticator) if known else None


def _initial(text: str) -> bytes | Reply | None:
    if not text:
        return None
    return b"" if text == "=" else _decoded(text.encode())


def response(session: Session, line: bytes) -> None:
    """A line that answers a challenge, without its CRLF."""
    attempt = session.auth.attempt
    if attempt is None:
        raise AssertionError("a response to nothing")
    session.mode = Mode.COMMAND
    octets = AUTH_CANCELLED if line == b"*" else _decoded(line)
    if attempt.end is None:
        _answered(session, attempt, octets)
    elif isinstance(attempt.end, Denied):
        _denied(session, attempt.end.denial)
    elif octets == b"":
        _granted(session, attempt, attempt.end)
    else:
        _over(session, octets if isinstance(octets, Reply) else NOT_BASE64)


def break_off(session: Session, why: Reply) -> None:
    """The client does not speak AUTH as it is: the attempt ends, and is recorded."""
    session.mode = Mode.COMMAND
    attempt = session.auth.attempt
    if attempt is None or attempt.end is not None:
        _over(session, why)
    else:
        session.work = _broken_off(session, attempt, why)


def say_challenge(session: Session, challenge: bytes, *, too_early: bool) -> None:
    """Send it, or end the session where something came before it (`too_early`)."""
    if too_early:
        break_off(session, TOO_EARLY)
    else:
        session.mode = Mode.AUTH
        session.say(Reply(334, None, (base64.b64encode(challenge).decode(),)))


def _decoded(text: bytes) -> bytes | Reply:
    with contextlib.suppress(binascii.Error):
        octets = base64.b64decode(text, validate=True)
        if len(text) % 4 == 0:  # Python forgives padding behind whole groups; RFC 4954 8 does not.
            return octets if len(octets) <= MAX_RESPONSE else AUTH_TOO_LONG
    return NOT_BASE64


def _answered(session: Session, attempt: Attempt, octets: bytes | Reply | None) -> None:
    if isinstance(octets, Reply):
        session.work = _broken_off(session, attempt, octets)
    else:
        session.work = _step(session, attempt, octets)


async def _broken_off(session: Session, attempt: Attempt, why: Reply) -> None:
    logins = session.service.logins
    kind = Why.CANCELLED if why is AUTH_CANCELLED else Why.MALFORMED
    if logins is not None:
        try:
            await logins.authenticator.failed(kind, "", attempt.channel.around)
        except Exception:
            log.exception("a log-in that broke off could not be recorded")
    _over(session, why)


async def _step(session: Session, attempt: Attempt, octets: bytes | None) -> None:
    try:
        step = await attempt.exchange.step(octets)
    except Exception:
        log.exception("a log-in failed")
        session.auth.attempt = None
        session.answer(AUTH_TROUBLE)
        return
    if isinstance(step, Challenge):
        session.auth.challenge = step.octets
    elif step.last is not None:
        attempt.end = step
        session.auth.challenge = step.last
    elif isinstance(step, Granted):
        _granted(session, attempt, step)
    else:
        _denied(session, step.denial)


def _granted(session: Session, attempt: Attempt, granted: Granted) -> None:
    """The client may have held back its answer to the last challenge for as long as it liked."""
    session.auth.attempt = None
    try:
        good = session.service.logins is not None and session.service.logins.good(granted.login)
    except AccountsUnavailable:
        session.answer(AUTH_TROUBLE)
        return
    if not good:
        _over(session, NO_LONGER_GOOD)
        return
    session.logged_in(granted.login, attempt.channel.around)
    session.say(LOGGED_IN)


def _denied(session: Session, denial: Denial) -> None:
    if denial.why is Why.UNAVAILABLE:
        session.auth.attempt = None
        session.answer(denied(denial))
    else:
        _over(session, denied(denial))


def _over(session: Session, why: Reply) -> None:
    session.auth.attempt = None
    session.auth.failed += 1
    session.closing = why is TOO_EARLY
    session.answer(ENOUGH_LOGINS if session.auth.failed >= session.service.limits.failed_logins else why)
