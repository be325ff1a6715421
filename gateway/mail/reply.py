"""An SMTP reply as a value (RFC 5321 4.2), ours or a remote server's."""

from dataclasses import dataclass

from typing_extensions import override

from gateway.mail.codes import EnhancedCode


@dataclass(frozen=True, slots=True)
class Reply:
    """A three-digit code, an enhanced code (RFC 2034) where there is one, and the text, a line per element.

    A remote's reply is kept whole: `lines` has what it said after code and enhanced code, with 8-bit octets as
    UTF-8 where they are that and as U+FFFD where they are not.
    """

    code: int
    status: EnhancedCode | None
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        """Whether the command was done, or may go on (2yz, 3yz)."""
        return self.code < 400

    @property
    def permanent(self) -> bool:
        """Whether the same command will fail again (5yz)."""
        return self.code >= 500

    @property
    def text(self) -> str:
        """All lines as one, for a log line or a table."""
        return " ".join(self.lines)

    @override
    def __str__(self) -> str:
        status = f"{self.status} " if self.status else ""
        return f"{self.code} {status}{self.text}"

    def wire(self) -> bytes:
        """As sent: RFC 5321 4.2.1, the enhanced code on every line (RFC 2034 4). The text must be ASCII."""
        status = f"{self.status} " if self.status else ""
        last = len(self.lines) - 1
        return "".join(
            f"{self.code}{' ' if i == last else '-'}{status}{line}\r\n" for i, line in enumerate(self.lines)
        ).encode("ascii", "replace")


def reply(code: int, status: EnhancedCode | None, *lines: str) -> Reply:
    """A reply of one or more lines."""
    return Reply(code, status, lines)
