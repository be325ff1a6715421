"""What a session is offered (RFC 9051 7.2.2), and what there is not for it."""

from collections.abc import Sequence

from typing_extensions import override

from gateway.imap.capability_names import CapabilityName
from gateway.imap.registry import Extension
from gateway.imap.session import Offer, Session


class Offered(Offer):
    """By all extensions."""

    def __init__(self, extensions: Sequence[Extension]) -> None:
        self._capabilities = tuple(each for extension in extensions for each in extension.capabilities)
        self._enables = frozenset[str]().union(*(extension.enables for extension in extensions))
        self.brought = {name.encode(): each.name for each in self._capabilities for name in each.brings}
        """The capability that a command belongs to, where that can be switched off."""

    @override
    def capabilities(self, session: Session) -> bytes:
        offered = (each for each in self._capabilities if each.name not in session.without and each.offered(session))
        names = dict.fromkeys(each.atom(session) for each in offered)
        revisions = ("IMAP4rev1",) if CapabilityName.IMAP4REV2 in session.without else ("IMAP4rev2", "IMAP4rev1")
        return " ".join((*revisions, *names, *mechanisms(session))).encode()

    @override
    def enables(self, session: Session) -> frozenset[str]:
        return self._enables - {each.upper() for each in session.without}

    def lacks(self, session: Session, command: bytes) -> bool:
        """Whether the command belongs to a capability that is switched off in this session."""
        return self.brought.get(command) in session.without


def mechanisms(session: Session) -> tuple[str, ...]:
    """`AUTH=PLAIN`: how to log in, to who has not."""
    if session.login is not None:
        return ()
    return tuple(f"AUTH={name}" for name in session.service.logins.offered(session.channel()))
