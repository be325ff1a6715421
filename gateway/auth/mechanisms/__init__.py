"""The SASL mechanisms (RFC 4422), one file each, and which of them a connection is offered.

Nothing is offered in clear text but to a client on this machine: SCRAM keeps the password from a listener, but not the
mail that follows.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Final

from gateway.auth.authenticator import Authenticator, ScramHash
from gateway.auth.config import Mechanism, SaslConfig
from gateway.auth.mechanisms.external import External
from gateway.auth.mechanisms.login import Login
from gateway.auth.mechanisms.oauthbearer import OAuthBearer
from gateway.auth.mechanisms.plain import Plain
from gateway.auth.mechanisms.scram import Scram
from gateway.auth.mechanisms.xoauth2 import XOAuth2
from gateway.auth.sasl import Channel, Exchange
from gateway.mail.ip import is_loopback

_Start = Callable[[Channel, Authenticator], Exchange]

_PLUS: Final = "-PLUS"
_OAUTH: Final = frozenset({Mechanism.OAUTHBEARER, Mechanism.XOAUTH2})
_SCRAM: Final = frozenset({Mechanism.SCRAM_SHA_256, Mechanism.SCRAM_SHA_1})
_MECHANISMS: Final[Mapping[str, _Start]] = {
    "SCRAM-SHA-256-PLUS": functools.partial(Scram, ScramHash.SHA256, plus=True),
    "SCRAM-SHA-256": functools.partial(Scram, ScramHash.SHA256, plus=False),
    "SCRAM-SHA-1-PLUS": functools.partial(Scram, ScramHash.SHA1, plus=True),
    "SCRAM-SHA-1": functools.partial(Scram, ScramHash.SHA1, plus=False),
    "PLAIN": Plain,
    "LOGIN": Login,
    "OAUTHBEARER": OAuthBearer,
    "XOAUTH2": XOAuth2,
    "EXTERNAL": External,
}


def offered(config: SaslConfig, channel: Channel, *, oauth: bool = False) -> tuple[str, ...]:
    """The SASL names to announce on this channel. `oauth`: an issuer of tokens is configured."""
    wanted = [one for one in config.mechanisms if oauth or one not in _OAUTH]
    plus = [f"{one}{_PLUS}" for one in wanted if one in _SCRAM and config.channel_binding]
    names = dict.fromkeys([*plus, *(one.value for one in wanted)])
    return tuple(name for name in names if _usable(name, channel))


def start(name: str, channel: Channel, authenticator: Authenticator) -> Exchange | None:
    """Begin a log-in with the mechanism of that SASL name; None: there is none such, or not on this channel.

    Whoever calls has looked for the name in what was `offered` first.
    """
    begin = _MECHANISMS.get(name)
    if begin is None or not _usable(name, channel):
        return None
    around = dataclasses.replace(channel.around, mechanism=name)
    return begin(dataclasses.replace(channel, around=around), authenticator)


def _usable(name: str, channel: Channel) -> bool:
    if name.endswith(_PLUS):
        return channel.server_end_point is not None and channel.around.tls is not None
    if name == Mechanism.EXTERNAL:
        return bool(channel.certificate) and channel.around.tls is not None
    return channel.around.tls is not None or is_loopback(channel.around.client)
