"""Log-ins against the accounts: who may be looked at (the guard), whether it is them, what is left behind.

Every attempt is recorded once, whatever becomes of it. Success is told at once; a failure a fixed time after the
attempt was begun to be looked at, so that time tells nobody whether an account exists. Whether an account is disabled,
or a password is for something else, is told only to whoever has the right password.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from typing_extensions import override

from gateway.accounts.activity.activity import Activity, Clock
from gateway.accounts.activity.guard import Attempt, Ended, Familiar, Refuse, Ticket, Turn, Wait
from gateway.accounts.activity.journal import LoginJournal
from gateway.accounts.activity.network import Networks, networks
from gateway.accounts.activity.records import LoginAttempt
from gateway.accounts.checking import Checks
from gateway.accounts.protocol import AccountsUnavailable
from gateway.accounts.vault import Holder, StoredPassword, Vault
from gateway.auth.authenticator import (
    Authenticator,
    Circumstances,
    CredentialId,
    Denial,
    Login,
    ScramCandidates,
    ScramHash,
    ScramVerifier,
    Why,
)
from gateway.auth.names import MAX_NAME, account_key, parse_login
from gateway.auth.oauth.owner import TokenOwner, TokenRefusal
from gateway.auth.threads import Busy
from gateway.mail.address import Address
from gateway.mail.units import Seconds

FAILURE_TAKES: Final = Seconds(1)
"""From the beginning of a check to its bad end: longer than any check."""
LOOK_AGAIN: Final = Seconds(0.5)
"""How often those who wait look whether they may go earlier."""
_MAX_REASON: Final = 200

_TEXTS: Final = {
    Why.BAD_CREDENTIALS: "wrong name or password",
    Why.NOT_FOR_THIS: "this password is not for this service",
    Why.OTHER_IDENTITY: "you are not that account",
    Why.SLOWED: "too many failed log-ins, try again later",
    Why.UNAVAILABLE: "log-ins cannot be checked now, try again later",
    Why.MALFORMED: "this is not how the mechanism goes",
    Why.CANCELLED: "the log-in was cancelled",
}


class TokenChecker(Protocol):
    """Whoever knows about OAuth tokens."""

    async def check(self, token: str) -> TokenOwner | TokenRefusal:
        """Whose token it is. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class _Found:
    """How a check ended: whose attempt it was, as far as that is known, and what to say."""

    holder: Holder | None
    result: Login | Denial
    detail: str = ""
    """For the log."""


Look = Callable[[Holder | None], Awaitable[_Found]]


class AccountAuthenticator(Authenticator):
    """Knows the accounts of the Vault. Used on one event loop."""

    def __init__(self, vault: Vault, checks: Checks, activity: Activity, journal: LoginJournal, clock: Clock) -> None:
        self._vault = vault
        self._checks = checks
        self._activity = activity
        self._journal = journal
        self._clock = clock
        self.tokens: TokenChecker | None = None
        """Set where OAuth is configured."""
        self.failure_takes = FAILURE_TAKES

    @override
    async def password(self, name: str, password: str, identity: str, around: Circumstances) -> Login | Denial:
        async def look(holder: Holder | None) -> _Found:
            found = await self._checks.matching(holder, _comparable(name), password)
            return self._with_password(holder, found, identity, around)

        return await self._attempt(name, around, look)

    @override
    async def scram_candidates(self, name: str, hash_: ScramHash, around: Circumstances) -> ScramCandidates | Denial:
        case = self._case(name, around)
        if isinstance(case, Denial):
            return case
        until = self._activity.guard.blocked(case.ticket.attempt, self._clock())
        if until is not None:
            return self._deny(case, Denial(Why.SLOWED, _TEXTS[Why.SLOWED], until))
        verifiers = _candidates(case.holder, hash_) if case.holder else []
        return ScramCandidates(name, verifiers or [self._checks.decoy(_comparable(name), hash_)])

    @override
    async def scram_verdict(
        self, candidates: ScramCandidates, proven: ScramVerifier | None, identity: str, around: Circumstances
    ) -> Login | Denial:
        async def look(holder: Holder | None) -> _Found:
            passwords = holder.passwords if holder and proven else ()
            found = next((one for one in passwords if proven and _is_of(proven, one)), None)
            return self._with_password(holder, found, identity, around)

        return await self._attempt(candidates.name, around, look)

    @override
    async def certificate(self, addresses: Sequence[Address], identity: str, around: Circumstances) -> Login | Denial:
        async def look(_: Holder | None) -> _Found:
            holders = [holder for holder in map(self._vault.holder, addresses) if holder]
            wanted = self._named(identity) if identity else None
            chosen = [one for one in holders if wanted and one.account.id == wanted.account.id] or holders
            return self._verdict(chosen[0] if chosen else None, None, identity)

        name = identity or ", ".join(str(address) for address in addresses[:3])
        return await self._attempt(name, around, look, apart="certificate ")

    @override
    async def token(self, token: str, identity: str, around: Circumstances) -> Login | Denial:
        async def look(_: Holder | None) -> _Found:
            found = await self.tokens.check(token) if self.tokens else TokenRefusal(Why.BAD_CREDENTIALS, "")
            if isinstance(found, TokenRefusal):
                return _Found(None, Denial(found.why, _TEXTS[found.why]), found.detail)
            return self._verdict(self._vault.holder(found.address), None, identity)

        return await self._attempt(identity, around, look, apart="token ")

    @override
    async def failed(self, why: Why, name: str, around: Circumstances) -> Denial:
        case = self._case(name, around)
        return case if isinstance(case, Denial) else self._deny(case, Denial(why, _TEXTS[why]))

    async def _attempt(self, name: str, around: Circumstances, look: Look, apart: str = "") -> Login | Denial:
        """One attempt from its first question to its record. `apart`: see `_subject`."""
        case = self._case(name, around, apart)
        if isinstance(case, Denial):
            return case
        guard = self._activity.guard
        try:
            turn = await self._turn(case.ticket)
            if isinstance(turn, Refuse):
                return self._deny(case, Denial(Why.SLOWED, _TEXTS[Why.SLOWED], turn.again))
            return await self._look(case, look)
        except asyncio.CancelledError:
            if case.ticket.looking:
                guard.leave(case.ticket, Ended.FAILED, self._clock())
            if not case.over:
                self._deny(case, Denial(Why.CANCELLED, _TEXTS[Why.CANCELLED]))
            raise
        finally:
            guard.give_up(case.ticket)

    def _case(self, name: str, around: Circumstances, apart: str = "") -> "_Case | Denial":
        try:
            holder = self._named(name)
        except AccountsUnavailable:
            denial = Denial(Why.UNAVAILABLE, _TEXTS[Why.UNAVAILABLE])
            self._journal.denied(LoginAttempt(None, name, around, denial.why, self._clock()), denial.why)
            return denial
        return _Case(name, around, holder, self._activity.guard.ticket(self._subject(name, holder, around, apart)))

    def _subject(self, name: str, holder: Holder | None, around: Circumstances, apart: str) -> Attempt:
        """What the guard has to know. `apart`: tokens and certificates have counts of their own, so that whoever
        guesses passwords in a network is not in their way."""
        where = networks(around.client)
        counted = Networks(f"{apart}{where.host}", f"{apart}{where.wide}")
        if holder is not None:
            account = holder.account.id
            return Attempt(f"account:{account}", counted, self._activity.familiar(account, around.client))
        return Attempt(f"name:{self._checks.pseudonym(_comparable(name))}" if name else "", counted, Familiar.NOT)

    async def _turn(self, ticket: Ticket) -> Turn:
        """Wait until the guard lets the attempt go on, or not."""
        guard, now = self._activity.guard, self._clock()
        turn = guard.ask(ticket, now)
        if ticket.delayed:
            self._journal.waited()
        while isinstance(turn, Wait):
            await asyncio.sleep(min(max(turn.until - now, 0.01), LOOK_AGAIN))
            now = self._clock()
            turn = guard.ask(ticket, now)
        return turn

    async def _look(self, case: "_Case", look: Look) -> Login | Denial:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            found = await look(case.holder)
        except (AccountsUnavailable, Busy):
            found = _Found(case.holder, Denial(Why.UNAVAILABLE, _TEXTS[Why.UNAVAILABLE]))
        case.holder = found.holder or case.holder
        self._activity.guard.leave(case.ticket, _ended(found.result), self._clock())
        if isinstance(found.result, Login):
            return self._grant(case, found.result)
        self._deny(case, found.result, found.detail)
        await asyncio.sleep(began + self.failure_takes - loop.time())
        return found.result

    def _grant(self, case: "_Case", login: Login) -> Login:
        case.over = True
        attempt = LoginAttempt(login.account, case.name, case.around, None, self._clock())
        self._journal.succeeded(attempt, login.account, login.credential)
        return login

    def _deny(self, case: "_Case", denial: Denial, detail: str = "") -> Denial:
        case.over = True
        account = case.holder.account.id if case.holder else None
        attempt = LoginAttempt(account, case.name, case.around, denial.why, self._clock())
        self._journal.denied(attempt, denial.why, detail)
        return denial

    def _named(self, name: str) -> Holder | None:
        address = parse_login(name)
        return None if address is None else self._vault.holder(address)

    def _with_password(
        self, holder: Holder | None, found: StoredPassword | None, identity: str, around: Circumstances
    ) -> _Found:
        if found is not None and found.services and around.service not in found.services:
            return _Found(holder, Denial(Why.NOT_FOR_THIS, _TEXTS[Why.NOT_FOR_THIS]))
        if found is None:
            return _Found(holder, Denial(Why.BAD_CREDENTIALS, _TEXTS[Why.BAD_CREDENTIALS]))
        return self._verdict(holder, found.id, identity)

    def _verdict(self, holder: Holder | None, credential: CredentialId | None, identity: str) -> _Found:
        """The credentials are right; whether that is enough."""
        if holder is None:
            return _Found(None, Denial(Why.BAD_CREDENTIALS, _TEXTS[Why.BAD_CREDENTIALS]))
        account = holder.account
        if account.disabled is not None:
            return _Found(holder, Denial(Why.DISABLED, f"the account is disabled: {_ascii(account.disabled.reason)}"))
        if identity and not self._is_same(identity, holder):
            return _Found(holder, Denial(Why.OTHER_IDENTITY, _TEXTS[Why.OTHER_IDENTITY]))
        return _Found(holder, Login(account.id, account.address, credential))

    def _is_same(self, identity: str, holder: Holder) -> bool:
        other = self._named(identity)
        return other is not None and other.account.id == holder.account.id


@dataclass(slots=True)
class _Case:
    """An attempt on its way."""

    name: str
    around: Circumstances
    holder: Holder | None
    ticket: Ticket
    over: bool = False
    """Whether it was recorded."""


def _candidates(holder: Holder, hash_: ScramHash) -> list[ScramVerifier]:
    """Those that can be told one salt and iteration count: those of the account's own password."""
    verifiers = [_verifier(one, hash_) for one in holder.passwords]
    first = verifiers[0] if verifiers else None
    return [one for one in verifiers if first and (one.salt, one.iterations) == (first.salt, first.iterations)]


def _verifier(password: StoredPassword, hash_: ScramHash) -> ScramVerifier:
    return password.sha1 if hash_ is ScramHash.SHA1 else password.sha256


def _is_of(proven: ScramVerifier, password: StoredPassword) -> bool:
    mine = _verifier(password, proven.hash)
    return mine.salt == proven.salt and hmac.compare_digest(mine.stored_key, proven.stored_key)


def _ended(result: Login | Denial) -> Ended:
    if isinstance(result, Login):
        return Ended.SUCCEEDED
    return Ended.FAILED if result.why is Why.BAD_CREDENTIALS else Ended.NEITHER


def _comparable(name: str) -> str:
    """Spellings of one name are one name, also where nobody has it."""
    address = parse_login(name)
    return account_key(address) if address else name[:MAX_NAME]


def _ascii(reason: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in reason[:_MAX_REASON])
    return printable.encode("ascii", "replace").decode("ascii")
