"""EHLO, HELO and LHLO (RFC 5321 4.1.1.1, RFC 2033 4.1)."""

from gateway.mail.domain import BadDomain, parse_domain
from gateway.mail.origin import Origin
from gateway.mail.reply import Reply
from gateway.receive.replies import ARGUMENT_MISSING, BAD_HELO
from gateway.receive.session import Session


def ehlo(session: Session, argument: str) -> Reply:
    """EHLO, and LHLO on LMTP listeners: greets, and says what we can do."""
    service = session.service
    mechanisms = () if service.logins is None else tuple(service.logins.offered(session.channel()))
    session.greeted = service.minute()
    lines = service.extended_greeting(mechanisms, session.greeted, under_tls=session.tls is not None)
    return _greet(session, argument, lines)


def helo(session: Session, argument: str) -> Reply:
    """For clients of before 1995: no extensions in this session."""
    return _greet(session, argument, (session.service.hostname,))


def _greet(session: Session, argument: str, lines: tuple[str, ...]) -> Reply:
    if not argument:
        return ARGUMENT_MISSING
    name = _name(argument)
    if name is None:
        return BAD_HELO
    session.reset()
    session.origin = session.identified(
        Origin(
            listener=session.service.listener.name,
            ip=session.ip,
            helo=name,
            extended=len(lines) > 1,
            lmtp=session.service.lmtp,
            tls=session.tls,
            trusted=session.trusted,
        )
    )
    return session.junk(Reply(250, None, lines))


def _name(argument: str) -> str | None:
    """The first word. What it says is not checked (RFC 5321 4.1.4), but it must be printable ASCII or have A-labels."""
    name = argument.split(" ", 1)[0]
    if len(name) > 255:
        return None
    if name.isascii():
        return name if name.isprintable() else None
    try:
        return parse_domain(name).ascii
    except BadDomain:
        return None
