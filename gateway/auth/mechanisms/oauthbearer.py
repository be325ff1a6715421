"""OAUTHBEARER (RFC 7628): a token of an OAuth issuer that is configured.

ABNF, as read here::

    message    = gs2-header kvsep *( key "=" value kvsep ) kvsep    ; a message of kvsep alone asks for the error
    gs2-header = ( "n" / "y" ) "," [ "a=" [ saslname ] ] ","
    kvsep      = %x01
    key        = 1*ALPHA
    value      = *( VCHAR / SP / HTAB / CR / LF )

Of the keys, `auth` counts; a token says itself what it is for, so that `host` and `port` are not compared.
"""

from typing import Final

from typing_extensions import override

from gateway.auth.authenticator import Why
from gateway.auth.mechanisms.bearer import TOKEN, Bearer, pattern
from gateway.auth.mechanisms.scram_messages import read_header

_PAIRS: Final = pattern(r"^A(?:[A-Za-z]+=[\x21-\x7e \t\r\n]*^A)*^A")
_AUTH: Final = pattern(rf"^Aauth={TOKEN}(?=^A)")


class OAuthBearer(Bearer):
    """One log-in."""

    @override
    def read(self, text: str) -> tuple[str, str] | None:
        header = read_header(text)
        if header is None or header.flag == "p" or not _PAIRS.fullmatch(text, len(header.text)):
            return None
        found = _AUTH.findall(text, len(header.text))
        return (header.identity, found[0]) if len(found) == 1 else None

    @override
    def error(self, why: Why) -> dict[str, str]:
        return {"status": "invalid_request" if why is Why.MALFORMED else "invalid_token"}
