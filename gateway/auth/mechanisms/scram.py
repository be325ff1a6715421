"""SCRAM (RFC 5802, RFC 7677): the client proves that it knows the password, and never says it.

With -PLUS the proof holds for this TLS connection alone: it covers `tls-server-end-point` (RFC 5929 4), a hash of the
certificate that we showed. A client that could do that, and says that we cannot although we offered it, was lied to
by somebody in between: no log-in (RFC 5802 6).
"""

import hmac
import secrets
from dataclasses import dataclass

from gateway.auth.authenticator import Authenticator, Denial, ScramCandidates, ScramHash
from gateway.auth.mechanisms.answer import ended, malformed, text_of
from gateway.auth.mechanisms.scram_messages import (
    ClientFinal,
    ClientFirst,
    Gs2Header,
    proven,
    read_final,
    read_first,
    server_final,
    server_first,
)
from gateway.auth.sasl import Challenge, Channel, Denied, Step

_END_POINT = "tls-server-end-point"


@dataclass(frozen=True, slots=True)
class _Begun:
    """What is kept between the client's first message and its last."""

    first: ClientFirst
    answer: str
    nonce: str
    candidates: ScramCandidates


class Scram:
    """One log-in. A client that gives no initial response is asked for it with an empty challenge."""

    def __init__(self, hash_: ScramHash, channel: Channel, authenticator: Authenticator, *, plus: bool) -> None:
        self._hash = hash_
        self._plus = plus
        self._channel = channel
        self._authenticator = authenticator
        self._asked = False
        self._begun: _Begun | None = None

    async def step(self, response: bytes | None) -> Step:
        """See Exchange."""
        if response is None and not self._asked:
            self._asked = True
            return Challenge(b"")
        self._asked = True
        text = text_of(response) or ""
        return await (self._begin(text) if self._begun is None else self._finish(self._begun, text))

    async def _begin(self, text: str) -> Step:
        first = read_first(text)
        if first is None or not self._agrees(first.header):
            return await malformed(self._channel, self._authenticator, first.name if first else "")
        around = self._channel.around
        candidates = await self._authenticator.scram_candidates(first.name, self._hash, around)
        if isinstance(candidates, Denial):
            return Denied(candidates)
        nonce = first.nonce + secrets.token_urlsafe(24)
        answer = server_first(nonce, candidates.verifiers[0])
        self._begun = _Begun(first, answer, nonce, candidates)
        return Challenge(answer.encode("ascii"))

    async def _finish(self, begun: _Begun, text: str) -> Step:
        final = read_final(text)
        if final is None:
            return await malformed(self._channel, self._authenticator, begun.first.name)
        transcript = f"{begun.first.bare},{begun.answer},{final.unproven}".encode()
        found = proven(begun.candidates.verifiers, transcript, final.proof) if self._belongs(final, begun) else None
        identity, around = begun.first.header.identity, self._channel.around
        result = await self._authenticator.scram_verdict(begun.candidates, found, identity, around)
        return ended(result, server_final(found, transcript) if found else None)

    def _agrees(self, header: Gs2Header) -> bool:
        """Whether client and server mean the same by channel binding (RFC 5802 6)."""
        if self._plus:
            return header.flag == "p" and header.binding == _END_POINT
        return header.flag == "n" or (header.flag == "y" and self._channel.server_end_point is None)

    def _belongs(self, final: ClientFinal, begun: _Begun) -> bool:
        """Whether the last message goes with the first one, and with this connection."""
        data = (self._channel.server_end_point or b"") if self._plus else b""
        binding = begun.first.header.text.encode() + data
        same_nonce = hmac.compare_digest(final.nonce.encode(), begun.nonce.encode())
        return same_nonce and hmac.compare_digest(final.binding, binding)
