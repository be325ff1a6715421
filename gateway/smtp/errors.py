"""How the codecs of this package say no."""

from gateway.mail.codes import BAD_PARAMETER, EnhancedCode
from gateway.mail.reply import Reply


class ProtocolError(Exception):
    """What was read breaks the grammar. `reply` is the answer due to the one who sent it.

    The command loop of the receiving side sends it; the sending side, which owes a server no answer, takes its text
    as the reason why the conversation cannot go on.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


def bad_parameter(text: str, *, status: EnhancedCode = BAD_PARAMETER) -> ProtocolError:
    """A 501 for a parameter whose value cannot be read (RFC 5321 4.1.1.11)."""
    return ProtocolError(Reply(501, status, (text,)))
