"""The MAIL command (RFC 5321 4.1.1.2): its argument read by servers, the whole of it written by clients."""

import functools
from dataclasses import dataclass

from gateway.mail.address import BadAddress, LocalPart, ReversePath
from gateway.mail.capabilities import Capabilities
from gateway.mail.codes import BAD_SENDER_SYNTAX
from gateway.mail.envelope import MailOptions
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions import EXTENSIONS
from gateway.smtp.parameters import split_parameters, unknown_parameter
from gateway.smtp.path import bad_path, format_path, reverse_path, split_path

_READERS = {keyword: reader for extension in EXTENSIONS for keyword, reader in extension.mail.items()}
_WRITERS = tuple(extension.write_mail for extension in EXTENSIONS if extension.write_mail)
_NO_OPTIONS = MailOptions()


@dataclass(frozen=True, slots=True)
class MailArgument:
    """What MAIL says. `sender` is a LocalPart where its domain was left out."""

    sender: ReversePath | LocalPart
    options: MailOptions
    plain: bool
    """No parameter was given, so that HELO suffices."""


def parse(text: str) -> MailOptions:
    """Read the parameters behind the path. Raises ProtocolError: 501 for a bad value, 555 for an unknown keyword."""
    options = _NO_OPTIONS
    for keyword, value in split_parameters(text).items():
        reader = _READERS.get(keyword)
        if reader is None:
            raise unknown_parameter("MAIL", keyword)
        options = reader(value, options)
    return options


@functools.lru_cache(maxsize=1024)
def parse_mail(argument: str) -> MailArgument:
    """Read `FROM:<path> parameters`. Raises ProtocolError."""
    if argument[:5].upper() != "FROM:":
        raise bad_parameter("write MAIL FROM:<address>")
    try:
        path, parameters = split_path(argument[5:].lstrip(" "))
    except BadAddress as error:
        raise bad_path(error, BAD_SENDER_SYNTAX) from error
    options = parse(parameters) if parameters else _NO_OPTIONS
    return MailArgument(reverse_path(path), options, not parameters)


def format_mail(sender: ReversePath, options: MailOptions, capabilities: Capabilities) -> str:
    """The command without its CRLF, for a host with these capabilities.

    What the message needs (SMTPUTF8, BINARYMIME, REQUIRETLS) is said wherever `options` has it; what only helps
    (SIZE, BODY=8BITMIME, RET, ENVID) where the host knows it.
    """
    return f"MAIL FROM:{format_path(sender)}{''.join([write(options, capabilities) for write in _WRITERS])}"
