"""The commands around a transaction (RFC 5321 4.1.1.5 to 4.1.1.10), and STARTTLS (RFC 3207)."""

from gateway.mail.codes import OK
from gateway.mail.reply import Reply, reply
from gateway.receive.replies import (
    ARGUMENT_MISSING,
    BYE,
    DONE,
    NO_ARGUMENT,
    NOT_HERE,
    TLS_ALREADY,
    TLS_READY,
    WILL_TRY,
)
from gateway.receive.session import Session

_HELP = reply(
    214,
    OK,
    "EHLO HELO LHLO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT",
    "MAIL FROM:<sender> then RCPT TO:<recipient> then DATA (RFC 5321)",
)


def rset(session: Session, argument: str) -> Reply:
    """Forgets the transaction."""
    if argument:
        return NO_ARGUMENT
    session.reset()
    return session.junk(DONE)


def noop(session: Session, _argument: str) -> Reply:
    """Any argument is ignored (RFC 5321 4.1.1.9)."""
    return session.junk(DONE)


def quit_session(_session: Session, argument: str) -> Reply:
    """The end."""
    return NO_ARGUMENT if argument else BYE


def vrfy(session: Session, argument: str) -> Reply:
    """Tells nobody who is here (RFC 5321 7.3)."""
    return session.junk(WILL_TRY if argument else ARGUMENT_MISSING)


def help_text(session: Session, _argument: str) -> Reply:
    """For people."""
    return session.junk(_HELP)


def not_offered(_session: Session, _argument: str) -> Reply:
    """Commands that exist, but not here."""
    return NOT_HERE


def starttls(session: Session, argument: str) -> Reply:
    """What was pipelined behind it is thrown away, what was said before it is forgotten (RFC 3207 4.2, 5)."""
    if argument:
        return NO_ARGUMENT
    if session.tls is not None:
        return TLS_ALREADY
    if session.service.tls is None:
        return NOT_HERE
    session.reset()
    session.wants_tls = True
    return TLS_READY
