"""The RCPT command (RFC 5321 4.1.1.3): its argument read by servers, the whole of it written by clients."""

import functools
from dataclasses import dataclass

from gateway.mail.address import Address, BadAddress, LocalPart
from gateway.mail.capabilities import Capabilities
from gateway.mail.codes import BAD_RECIPIENT_SYNTAX
from gateway.mail.envelope import MailOptions, Recipient
from gateway.smtp.errors import bad_parameter
from gateway.smtp.extensions import EXTENSIONS
from gateway.smtp.extensions.base import RecipientOptions
from gateway.smtp.parameters import split_parameters, unknown_parameter
from gateway.smtp.path import bad_path, format_path, forward_path, split_path

_READERS = {keyword: reader for extension in EXTENSIONS for keyword, reader in extension.rcpt.items()}
_WRITERS = tuple(extension.write_rcpt for extension in EXTENSIONS if extension.write_rcpt)
_NO_OPTIONS = RecipientOptions()


@dataclass(frozen=True, slots=True)
class RcptArgument:
    """What RCPT says. `recipient` is a LocalPart where its domain was left out; `options` repeats its parameters."""

    recipient: Recipient | LocalPart
    options: RecipientOptions
    plain: bool
    """No parameter was given, so that HELO suffices."""


def parse(text: str) -> RecipientOptions:
    """Read the parameters behind the path. Raises ProtocolError: 501 for a bad value, 555 for an unknown keyword."""
    options = _NO_OPTIONS
    for keyword, value in split_parameters(text).items():
        reader = _READERS.get(keyword)
        if reader is None:
            raise unknown_parameter("RCPT", keyword)
        options = reader(value, options)
    return options


@functools.lru_cache(maxsize=1024)
def parse_rcpt(argument: str) -> RcptArgument:
    """Read `TO:<path> parameters`. Raises ProtocolError."""
    if argument[:3].upper() != "TO:":
        raise bad_parameter("write RCPT TO:<address>")
    try:
        path, parameters = split_path(argument[3:].lstrip(" "))
    except BadAddress as error:
        raise bad_path(error, BAD_RECIPIENT_SYNTAX) from error
    options = parse(parameters) if parameters else _NO_OPTIONS
    return RcptArgument(_recipient(forward_path(path), options), options, not parameters)


def format_rcpt(recipient: Recipient, options: MailOptions, capabilities: Capabilities) -> str:
    """The command without its CRLF, for a host with these capabilities, in a transaction whose MAIL had `options`."""
    written = "".join([write(recipient, capabilities, options) for write in _WRITERS])
    return f"RCPT TO:{format_path(recipient.address)}{written}"


def _recipient(path: Address | LocalPart, options: RecipientOptions) -> Recipient | LocalPart:
    return Recipient(path, options.notify, options.original) if isinstance(path, Address) else path
