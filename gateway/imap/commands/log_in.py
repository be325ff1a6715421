"""LOGIN (RFC 9051 6.2.3), and what a log-in, good or bad, means for the session (RFC 5530 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.auth.authenticator import Circumstances, Denial, Why
from gateway.auth.authenticator import Login as Granted
from gateway.auth.config import Mechanism
from gateway.imap.capabilities import mechanisms
from gateway.imap.registry import Capability, Extension, News, When, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, Status, no, ok, refused
from gateway.imap.wire.scanner import Scanner
from gateway.mail.rfc3339 import not_before

_CODES: Final[Mapping[Why, tuple[Status, bytes]]] = {
    Why.BAD_CREDENTIALS: (Status.NO, b"AUTHENTICATIONFAILED"),
    Why.OTHER_IDENTITY: (Status.NO, b"AUTHORIZATIONFAILED"),
    Why.NOT_FOR_THIS: (Status.NO, b"AUTHORIZATIONFAILED"),
    Why.DISABLED: (Status.NO, b"CONTACTADMIN"),
    Why.SLOWED: (Status.NO, b"UNAVAILABLE"),
    Why.UNAVAILABLE: (Status.NO, b"UNAVAILABLE"),
    Why.MALFORMED: (Status.BAD, b"CLIENTBUG"),
    Why.CANCELLED: (Status.BAD, b""),
}
_IN_CLEAR: Final = frozenset(f"AUTH={each}" for each in (Mechanism.PLAIN, Mechanism.LOGIN))


@dataclass(frozen=True, slots=True)
class Login:
    """SP userid SP password."""

    name: str
    password: str = field(repr=False)


def _parse(scanner: Scanner) -> Login:
    scanner.space()
    name = scanner.text("a user name")
    scanner.space()
    return Login(name, scanner.text("a password"))


async def _login(session: Session, arguments: Login) -> Completion:
    demand_privacy(session)
    if _disabled(session):
        raise refused("passwords are not taken as they are here: use AUTHENTICATE", b"CANNOT")
    around = session.channel(Mechanism.LOGIN).around
    verdict = await session.service.logins.authenticator.password(arguments.name, arguments.password, "", around)
    return denied(session, verdict) if isinstance(verdict, Denial) else granted(session, verdict, around)


def demand_privacy(session: Session) -> None:
    """Raises Refusal where what a client says to log in could be overheard."""
    if not session.client.private:
        raise refused("no log-in without encryption: say STARTTLS first", b"PRIVACYREQUIRED")


def _disabled(session: Session) -> bool:
    """LOGIN says the password as it is: only where one of the mechanisms that do so is offered."""
    return session.login is None and _IN_CLEAR.isdisjoint(mechanisms(session))


def granted(session: Session, login: Granted, around: Circumstances) -> Completion:
    """The client has proved who it is, and may have held back its last word for as long as it liked.

    Raises AccountsUnavailable.
    """
    if not session.service.logins.good(login):
        return failed(session, no("this log-in is no longer valid: log in again", b"EXPIRED"))
    session.logged_in(login, around)
    return ok("logged in", b"CAPABILITY " + session.offer.capabilities(session))


def denied(session: Session, denial: Denial) -> Completion:
    """The end of a log-in that failed."""
    status, code = _CODES[denial.why]
    text = " ".join(denial.text.split())
    again = f"; try again after {not_before(denial.again)}" if denial.again is not None else ""
    completion = Completion(status, text + again, code)
    return completion if denial.why is Why.UNAVAILABLE else failed(session, completion)


def failed(session: Session, completion: Completion) -> Completion:
    """Too many on one connection are its end."""
    session.failed += 1
    if session.failed >= session.service.surroundings.failed_logins:
        session.farewell = b"* BYE too many failed log-ins\r\n"
    return completion


EXTENSION: Final = Extension(
    commands=(command("LOGIN", _parse, _login, When.NOT_AUTHENTICATED, News.NONE),),
    capabilities=(Capability("LOGINDISABLED", _disabled),),
)
