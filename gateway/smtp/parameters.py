"""The parameters behind a path (RFC 5321 4.1.2): `KEY=VALUE KEY2 KEY3=VALUE`.

ABNF, as read here::

    parameters    = esmtp-param *( 1*SP esmtp-param )
    esmtp-param   = esmtp-keyword [ "=" esmtp-value ]
    esmtp-keyword = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
    esmtp-value   = 1*( %d33-126 / UTF8-non-ascii )       ; RFC 6531 3.3; a "=" inside is forgiven

Keywords are case-blind; values keep their case, which ENVID and ORCPT need.
"""

import re

from gateway.mail.codes import BAD_PARAMETER
from gateway.mail.reply import Reply
from gateway.smtp.errors import ProtocolError, bad_parameter

_KEYWORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_NO_VALUE = re.compile("[\x00-\x20\x7f-\x9f]")


def split_parameters(text: str) -> dict[str, str | None]:
    """Keywords in upper case, each with its value or None.

    Raises ProtocolError: 501 5.5.4 for what is no parameter, and for one given twice (RFC 3461 4.5).
    """
    parameters: dict[str, str | None] = {}
    for word in text.split(" "):
        if not word:
            continue
        keyword, equals, value = word.partition("=")
        if not _KEYWORD.fullmatch(keyword) or (equals and not value) or _NO_VALUE.search(value):
            raise bad_parameter(f"{word[:60]!a} is no parameter: write KEYWORD or KEYWORD=VALUE")
        keyword = keyword.upper()
        if keyword in parameters:
            raise bad_parameter(f"{keyword} may be given once")
        parameters[keyword] = value if equals else None
    return parameters


def unknown_parameter(command: str, keyword: str) -> ProtocolError:
    """RFC 5321 4.1.1.11: 555 for a parameter that belongs to no extension we announce."""
    text = f"{command} has no parameter {keyword[:40]} here: leave it out, or look at the reply to EHLO"
    return ProtocolError(Reply(555, BAD_PARAMETER, (text,)))
