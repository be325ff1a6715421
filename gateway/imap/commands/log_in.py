"""LOGIN (RFC 9051 6.2.3)."""

from dataclasses import dataclass, field
from typing import Final

from gateway.auth.authenticator import Circumstances, Denial, Service
from gateway.imap.access import Access
from gateway.imap.capabilities import capabilities
from gateway.imap.registry import Extension, News, When, command
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, no, ok
from gateway.imap.wire.scanner import Scanner


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
    around = Circumstances(Service.IMAP, "imap", session.client.ip, None, "LOGIN")
    verdict = await session.service.logins.authenticator.password(arguments.name, arguments.password, "", around)
    if isinstance(verdict, Denial):
        return no(verdict.text, b"AUTHENTICATIONFAILED")
    session.login = verdict
    session.access = Access(session.service, verdict.account)
    return ok("logged in", b"CAPABILITY " + capabilities(session))


EXTENSION: Final = Extension(commands=(command("LOGIN", _parse, _login, When.NOT_AUTHENTICATED, News.NONE),))
