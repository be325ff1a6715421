"""Whose an OAuth token is, say the issuers that are configured.

A JWT is checked by the issuer that it names, and shown to no other. An opaque token can only be asked about, at each
issuer with introspection, in the order of the configuration.
"""

from collections.abc import Callable, Sequence
from typing import Final

from gateway.auth.authenticator import Why
from gateway.auth.config import Introspection, OAuthIssuer
from gateway.auth.oauth.keys import KeySet
from gateway.auth.oauth.owner import TokenOwner, TokenRefusal, owner, refused
from gateway.auth.oauth.signature import Unverified, read, verified
from gateway.auth.oauth.web import Unreachable, Web
from gateway.auth.sasl import MAX_RESPONSE
from gateway.mail.units import Timestamp

_NOBODYS: Final = refused("no issuer knows it")


class TokenChecker:
    """Used on one event loop; `close` when it is not needed any more."""

    def __init__(self, issuers: Sequence[OAuthIssuer], clock: Callable[[], Timestamp]) -> None:
        self._web = Web()
        self._clock = clock
        self._issuers = [_Issuer(issuer, self._web, clock) for issuer in issuers]

    def close(self) -> None:
        """Questions under way are left alone."""
        self._web.close()

    async def check(self, token: str) -> TokenOwner | TokenRefusal:
        """Never raises. UNAVAILABLE where an issuer that might know better cannot be asked now."""
        said = read(token) if len(token) <= MAX_RESPONSE else None
        worst = _NOBODYS
        for issuer in self._issuers:
            if not issuer.concerns(said):
                continue
            found = await issuer.check(token, said)
            if isinstance(found, TokenOwner):
                return found
            worst = worst if worst.why is Why.UNAVAILABLE else found
        return worst


class _Issuer:
    """One issuer, with what is known of its keys."""

    def __init__(self, config: OAuthIssuer, web: Web, clock: Callable[[], Timestamp]) -> None:
        self._config = config
        self._web = web
        self._clock = clock
        self._place = config.jwks_file or config.jwks or ""
        self._keys = KeySet(self._load, clock)

    def concerns(self, said: Unverified | None) -> bool:
        """Whether this issuer is asked about such a token."""
        return self._config.introspection is not None if said is None else said.issuer == self._config.issuer

    async def check(self, token: str, said: Unverified | None) -> TokenOwner | TokenRefusal:
        """Whose token it is, says this issuer."""
        try:
            if self._config.introspection is not None:
                return await self._asked(self._config.introspection, token)
            return await self._signed(token, said)
        except Unreachable as error:
            return TokenRefusal(Why.UNAVAILABLE, f"{self._config.name}: {error}")

    async def _signed(self, token: str, said: Unverified | None) -> TokenOwner | TokenRefusal:
        if said is None or said.algorithm not in self._config.algorithms:
            return refused("its signature is of a kind that is not taken")
        claims = verified(token, said, await self._keys.keys(said.kid), self._config.algorithms)
        if claims is None:
            return refused("its signature is wrong")
        if not {"iss", "exp"} <= claims.keys():
            return refused("it does not say whose it is, or how long it holds")
        return owner(self._config, claims, self._clock())

    async def _asked(self, at: Introspection, token: str) -> TokenOwner | TokenRefusal:
        said = await self._web.introspect(at, token)
        if not isinstance(said, dict):
            raise Unreachable("the answer is none of RFC 7662")
        if said.get("active") is not True:
            return refused("its issuer does not vouch for it")
        return owner(self._config, said, self._clock())

    async def _load(self) -> object:
        return await self._web.document(self._place)
