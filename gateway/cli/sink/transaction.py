"""MAIL and RCPT as a strict server reads them: nothing that was not announced (RFC 5321 4.1.1.11, RFC 6531 3.5).

ABNF, as read here::

    argument  = ( "FROM:" / "TO:" ) path *( SP parameter )
    path      = "<" *( quoted-string / any but ">" ) ">"
    parameter = keyword [ "=" value ]
"""

import re
from dataclasses import dataclass, field
from typing import Final

from gateway.cli.sink.behaviour import Behaviour
from gateway.cli.sink.received import ReceivedRecipient, Scrutiny

_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^">])*)>((?: [^ ]+)*)')

_MAIL_EXTENSION: Final = {
    "SIZE": "SIZE",
    "BODY": "8BITMIME",
    "SMTPUTF8": "SMTPUTF8",
    "RET": "DSN",
    "ENVID": "DSN",
    "REQUIRETLS": "REQUIRETLS",
    "AUTH": "AUTH",
    "BY": "DELIVERBY",
    "MT-PRIORITY": "MT-PRIORITY",
}
_RCPT_EXTENSION: Final = {"NOTIFY": "DSN", "ORCPT": "DSN"}


class Refused(Exception):
    """The command is answered with `reply` and nothing else happens."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass(slots=True)
class Transaction:
    """From MAIL to the end of the message."""

    sender: str
    parameters: tuple[str, ...]
    recipients: list[ReceivedRecipient] = field(default_factory=list)
    scrutiny: Scrutiny | None = None
    chunked: bool = False

    @property
    def utf8(self) -> bool:
        """Whether addresses may have octets over 127."""
        return "SMTPUTF8" in _keywords(self.parameters)

    @property
    def binary(self) -> bool:
        """Whether DATA is out of the question (RFC 3030 3)."""
        return "BODY=BINARYMIME" in (parameter.upper() for parameter in self.parameters)


def parse_mail(argument: str, behaviour: Behaviour) -> Transaction:
    """Read what follows MAIL. Raises Refused."""
    path, parameters = _split(argument, "FROM:")
    _check(parameters, _MAIL_EXTENSION, behaviour)
    transaction = Transaction(path, parameters)
    if not path.isascii() and not transaction.utf8:
        raise Refused("550 5.6.7 sender needs SMTPUTF8")
    for parameter in parameters:
        _check_value(parameter, behaviour)
    return transaction


def parse_rcpt(argument: str, transaction: Transaction, behaviour: Behaviour) -> ReceivedRecipient:
    """Read what follows RCPT. Raises Refused."""
    path, parameters = _split(argument, "TO:")
    _check(parameters, _RCPT_EXTENSION, behaviour)
    if not argument.isascii() and not transaction.utf8:
        raise Refused("553 5.6.7 recipient needs SMTPUTF8")
    if not path:
        raise Refused("501 5.1.3 recipient missing")
    return ReceivedRecipient(path, parameters)


def _split(argument: str, prefix: str) -> tuple[str, tuple[str, ...]]:
    found = _PATH.fullmatch(argument, len(prefix)) if argument[: len(prefix)].upper() == prefix else None
    if found is None:
        raise Refused(f"501 5.5.4 {prefix}<address> [parameters]")
    return found[1], tuple(found[2].split())


def _keywords(parameters: tuple[str, ...]) -> list[str]:
    return [parameter.partition("=")[0].upper() for parameter in parameters]


def _check(parameters: tuple[str, ...], needed: dict[str, str], behaviour: Behaviour) -> None:
    keywords = _keywords(parameters)
    for keyword in keywords:
        extension = needed.get(keyword)
        if extension is None or not _announced(extension, behaviour):
            raise Refused(f"555 5.5.4 parameter {keyword} was not announced")
    if len(set(keywords)) < len(keywords):
        raise Refused("501 5.5.4 a parameter is given twice")


def _announced(extension: str, behaviour: Behaviour) -> bool:
    match extension:
        case "AUTH":
            return behaviour.login is not None
        case "REQUIRETLS":
            return behaviour.tls is not None
        case _:
            return extension in behaviour.extensions and not behaviour.helo_only


def _check_value(parameter: str, behaviour: Behaviour) -> None:
    keyword, _, value = parameter.upper().partition("=")
    if keyword == "BODY" and value not in ("7BIT", "8BITMIME", "BINARYMIME"):
        raise Refused("501 5.5.4 unknown BODY")
    if keyword == "BODY" and value == "BINARYMIME" and not {"BINARYMIME", "CHUNKING"} <= behaviour.extensions:
        raise Refused("555 5.5.4 BINARYMIME was not announced")
    if keyword == "SIZE":
        if not (value.isascii() and value.isdigit()):
            raise Refused("501 5.5.4 SIZE is a number")
        if int(value) > behaviour.size:
            raise Refused("552 5.3.4 message too big")
