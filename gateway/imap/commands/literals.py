"""LITERAL+ and LITERAL- (RFC 7888): one of them is offered. What they mean is known to the dialogue."""

from typing import Final

from gateway.imap.config import LiteralForm
from gateway.imap.registry import Capability, Extension
from gateway.imap.session import Session


def _plus(session: Session) -> bool:
    return session.service.config.literals is LiteralForm.PLUS


def _minus(session: Session) -> bool:
    return session.service.config.literals is LiteralForm.MINUS


EXTENSION: Final = Extension(capabilities=(Capability("LITERAL+", _plus), Capability("LITERAL-", _minus)))
