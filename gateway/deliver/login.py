"""Logging in to a next hop (RFC 4954), with what aiosmtplib speaks: PLAIN, LOGIN and CRAM-MD5.

aiosmtplib's own `login` goes on with the next mechanism after any failure. A wrong password would so be three failures
at a host that counts them: here 535 ends it, which is about name and password (RFC 4954 6).
"""

from collections.abc import Awaitable, Callable
from typing import Final

import aiosmtplib

from gateway.mail.nexthop import Login

_PROTECTED: Final = ("plain", "login", "cram-md5")
"""Under TLS, in the order of preference."""
_IN_THE_CLEAR: Final = ("cram-md5", "plain", "login")
"""Where the route says that there is no TLS: the one that does not say the password comes first."""
_BAD_CREDENTIALS: Final = 535


class NoMechanism(Exception):
    """The host offers none that we know; the message names those."""


async def log_in(client: aiosmtplib.SMTP, login: Login, *, under_tls: bool) -> None:
    """Returns when we are in. Raises NoMechanism, aiosmtplib.SMTPException, OSError."""
    offered = client.supported_auth_methods
    usable = [name for name in (_PROTECTED if under_tls else _IN_THE_CLEAR) if name in offered]
    if not usable:
        raise NoMechanism("no way to log in that we know is offered (PLAIN, LOGIN, CRAM-MD5)")
    for name in usable:
        try:
            await _way(client, name)(login.user, login.password)
        except aiosmtplib.SMTPAuthenticationError as error:
            if error.code == _BAD_CREDENTIALS or name == usable[-1]:
                raise
        else:
            return


def _way(client: aiosmtplib.SMTP, name: str) -> Callable[[str, str], Awaitable[object]]:
    ways = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    return ways[name]
