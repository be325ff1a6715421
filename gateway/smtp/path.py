r"""The paths of MAIL and RCPT (RFC 5321 4.1.2, RFC 6531 3.3).

ABNF, as read here::

    argument     = path [ 1*SP parameters ]
    path         = "<" [ A-d-l ":" ] ( Mailbox / Local-part ) ">" / "<>" / unbracketed
    A-d-l        = At-domain *( "," At-domain )     ; a source route: read and ignored (RFC 5321 F.2)
    unbracketed  = 1*( %d33-59 / %d61-126 / UTF8-non-ascii )   ; what careless clients send

A Local-part alone (`<postmaster>`, RFC 5321 4.1.1.3) comes back as `LocalPart`: what domain it means is not grammar.
"""

import re

from gateway.mail.address import (
    NULL_PATH,
    Address,
    BadAddress,
    LocalPart,
    ReversePath,
    parse_address,
    parse_local_part,
)
from gateway.mail.codes import BAD_RECIPIENT_SYNTAX, BAD_SENDER_SYNTAX, EnhancedCode
from gateway.mail.reply import Reply
from gateway.smtp.errors import ProtocolError

_QUOTED_PATH = re.compile(r'<((?:[^">\\]++|"(?:[^"\\]++|\\.)*+")*+)>')
_SOURCE_ROUTE = re.compile(r"(?:@(?:\[[^\]<>]*+\]|[^\[\]@,:<>\" ]++),?)++:")


def split_path(text: str) -> tuple[str, str]:
    """The path with its brackets, and the parameters behind it. Raises BadAddress."""
    if not text.startswith("<"):
        path, _, rest = text.partition(" ")
        if not path:
            raise BadAddress("the address is missing; write <address>, or <> for no sender")
        return f"<{path}>", rest.strip(" ")
    if '"' in text:
        found = _QUOTED_PATH.match(text)
        end = found.end() if found else 0
    else:
        end = text.find(">") + 1
    if not end:
        raise BadAddress("the path has no closing >")
    if text[end : end + 1] not in ("", " "):
        raise BadAddress("a space belongs between the path and the parameters")
    return text[:end], text[end:].strip(" ")


def reverse_path(path: str) -> ReversePath | LocalPart:
    """Read the path of MAIL, brackets included. Raises ProtocolError (501 5.1.7)."""
    if path == "<>":
        return NULL_PATH
    try:
        return _mailbox(path)
    except BadAddress as error:
        raise bad_path(error, BAD_SENDER_SYNTAX) from error


def forward_path(path: str) -> Address | LocalPart:
    """Read the path of RCPT, brackets included. Raises ProtocolError (501 5.1.3)."""
    try:
        return _mailbox(path)
    except BadAddress as error:
        raise bad_path(error, BAD_RECIPIENT_SYNTAX) from error


def format_path(path: ReversePath) -> str:
    """As told to a hop: `<local@domain>` with A-labels where the localpart is ASCII; `<>`."""
    return f"<{path.wire}>" if isinstance(path, Address) else "<>"


def bad_path(error: BadAddress, status: EnhancedCode) -> ProtocolError:
    """The 501 for a path that cannot be read."""
    return ProtocolError(Reply(501, status, (f"Bad address: {str(error)[:200]}",)))


def _mailbox(path: str) -> Address | LocalPart:
    mailbox = path[1:-1]
    if mailbox.startswith("@"):
        route = _SOURCE_ROUTE.match(mailbox)
        if route is None:
            raise BadAddress("the source route is malformed; leave it out")
        mailbox = mailbox[route.end() :]
    if "@" in mailbox:
        return parse_address(mailbox)
    if len(mailbox) > 64:
        raise BadAddress("an address has the form local@domain")
    return parse_local_part(mailbox)
