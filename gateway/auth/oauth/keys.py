"""The keys of an issuer, kept in memory and fetched again when they are old or a token names an unknown one."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gateway.auth.oauth.signature import Jwk
from gateway.auth.oauth.web import Unreachable
from gateway.mail.units import Seconds, Timestamp

MAX_KEYS: Final = 50
"""Of one issuer; more are not looked at."""

MAX_AGE: Final = Seconds(3600)
"""Keys that are older are fetched again; if that fails they are good until `MAX_STALE`."""

MAX_STALE: Final = Seconds(86_400)

PAUSE: Final = Seconds(60)
"""Between two fetches, however many tokens name keys that nobody knows."""

PAUSE_AFTER_FAILURE: Final = Seconds(10)


class KeySet:
    """Used on one event loop. `load` fetches the JWK Set; raises Unreachable."""

    def __init__(self, load: Callable[[], Awaitable[object]], clock: Callable[[], Timestamp]) -> None:
        self._load = load
        self._clock = clock
        self._keys: Sequence[Jwk] = ()
        self._fetched = -math.inf
        self._next = -math.inf
        self._failure = ""
        self._lock = asyncio.Lock()

    async def keys(self, kid: str) -> Sequence[Jwk]:
        """All keys, after looking for the one of that name (empty: any will do). Raises Unreachable where there are no
        keys, or the one may be among those that could not be fetched."""
        if self._wanted(kid):
            async with self._lock:
                if self._wanted(kid) and self._clock() >= self._next:
                    await self._fetch()
        if self._failure and (not self._has(kid) or self._age() > MAX_STALE):
            raise Unreachable(self._failure)
        return self._keys

    async def _fetch(self) -> None:
        try:
            self._keys = _keys_of(await self._load())
        except Unreachable as error:
            self._failure = str(error)
            self._next = self._clock() + PAUSE_AFTER_FAILURE
        else:
            self._failure = ""
            self._fetched = self._clock()
            self._next = self._fetched + PAUSE

    def _wanted(self, kid: str) -> bool:
        return self._age() > MAX_AGE or not self._has(kid)

    def _age(self) -> float:
        return self._clock() - self._fetched

    def _has(self, kid: str) -> bool:
        return any(not kid or key.get("kid") == kid for key in self._keys)


def _keys_of(document: object) -> tuple[Jwk, ...]:
    """The keys of a JWK Set (RFC 7517 5)."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise Unreachable("the answer is no JWK Set")
    return tuple(key for key in keys[:MAX_KEYS] if isinstance(key, dict))
