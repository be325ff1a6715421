"""XOAUTH2, as Google and Microsoft document it: OAUTHBEARER's forerunner (RFC 7628), which many clients speak.

ABNF, as read here::

    message = "user=" name kvsep "auth=Bearer " token kvsep kvsep
    name    = *( any but NUL and kvsep )    ; UTF-8
    kvsep   = %x01

The client answers the error with an empty response.
"""

from typing import Final

from typing_extensions import override

from gateway.auth.authenticator import Why
from gateway.auth.mechanisms.bearer import TOKEN, Bearer, pattern

_MESSAGE: Final = pattern(rf"user=(?P<name>[^\0^A]*)^Aauth={TOKEN}^A^A")


class XOAuth2(Bearer):
    """One log-in."""

    @override
    def read(self, text: str) -> tuple[str, str] | None:
        found = _MESSAGE.fullmatch(text)
        return (found["name"], found["token"]) if found else None

    @override
    def error(self, why: Why) -> dict[str, str]:
        return {"status": "400" if why is Why.MALFORMED else "401", "schemes": "Bearer"}
