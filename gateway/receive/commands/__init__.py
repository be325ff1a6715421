"""The registry of commands. A function takes the session and the argument; returns the reply, or None when the reply
is said already or comes later; raises ProtocolError."""

from collections.abc import Callable, Mapping
from typing import Final

from gateway.mail.reply import Reply
from gateway.receive.commands.auth import auth
from gateway.receive.commands.content import bdat, data
from gateway.receive.commands.envelope import mail, rcpt
from gateway.receive.commands.greeting import ehlo, helo
from gateway.receive.commands.other import help_text, noop, not_offered, quit_session, rset, starttls, vrfy
from gateway.receive.session import Session

Command = Callable[[Session, str], Reply | None]

_BOTH: Final[Mapping[str, Command]] = {
    "MAIL": mail,
    "RCPT": rcpt,
    "DATA": data,
    "BDAT": bdat,
    "RSET": rset,
    "NOOP": noop,
    "QUIT": quit_session,
    "VRFY": vrfy,
    "HELP": help_text,
    "STARTTLS": starttls,
    "EXPN": not_offered,
    "AUTH": auth,
    "ETRN": not_offered,
    "TURN": not_offered,
}

SMTP_COMMANDS: Final[Mapping[str, Command]] = {**_BOTH, "EHLO": ehlo, "HELO": helo}
LMTP_COMMANDS: Final[Mapping[str, Command]] = {**_BOTH, "LHLO": ehlo}
