"""One mail transaction (RFC 5321 3.3), from MAIL to the reply to its last octet."""

from gateway.mail.envelope import Body
from gateway.receive.config import Limits
from gateway.receive.intake import Intake
from gateway.receive.newlines import NewlineWatch
from gateway.relay.acceptance import Acceptor, Draft


class Transaction:
    """The draft that the relay keeps, and the content that arrives for it."""

    __slots__ = ("accepted", "chunked", "draft", "intake", "tried")

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.tried = 0
        """RCPT commands."""
        self.accepted = 0
        """RCPT commands that got a positive reply: for LMTP, how many replies the message gets."""
        self.intake: Intake | None = None
        """From DATA or the first BDAT on."""
        self.chunked = False
        """By BDAT."""

    @property
    def binary(self) -> bool:
        """Any octets may come, by BDAT only (RFC 3030 3)."""
        return self.draft.options.body is Body.BINARYMIME

    def open_intake(self, acceptor: Acceptor, limits: Limits) -> Intake:
        """The content begins."""
        watch = None if self.binary else NewlineWatch(limits.bare_newline)
        self.intake = Intake(lambda: acceptor.spool(self.draft), limits.message_size, watch)
        return self.intake

    def discard(self) -> None:
        """It will not be finished."""
        if self.intake is not None:
            self.intake.discard()
