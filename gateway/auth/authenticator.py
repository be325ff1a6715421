"""What the SASL mechanisms ask about accounts. `gateway.accounts` answers; the mechanisms know no database.

Every call is one step of one log-in attempt, and every attempt ends in exactly one `Login` or `Denial`, which the
authenticator has recorded when the call returns. A call may take its time: that is how guessing is slowed down.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, Protocol

from gateway.mail.address import Address
from gateway.mail.origin import Tls
from gateway.mail.units import Timestamp

AccountId = NewType("AccountId", int)
"""Names an account for good: it keeps it when its addresses change, and nobody gets it again."""

CredentialId = NewType("CredentialId", int)
"""Names a password of an account."""


class Service(StrEnum):
    """What a client logs in to; app passwords can be limited to some of them."""

    SMTP = "smtp"
    IMAP = "imap"
    JMAP = "jmap"
    WEB = "web"
    SIEVE = "sieve"


class Why(StrEnum):
    """Why a log-in is denied, as records and metrics have it."""

    BAD_CREDENTIALS = "bad-credentials"
    """Unknown name, wrong password or token: clients never learn which."""
    DISABLED = "disabled"
    """The password is right, the account is disabled."""
    NOT_FOR_THIS = "not-for-this-service"
    """The app password is right, but limited to other services."""
    OTHER_IDENTITY = "other-identity"
    """The password is right; the client asked to act as somebody else (authzid, RFC 4422 2)."""
    SLOWED = "slowed"
    """Too many failures lately: not even looked at."""
    UNAVAILABLE = "unavailable"
    """The accounts, or whoever knows about tokens, cannot be asked now."""
    MALFORMED = "malformed"
    """The client does not speak the mechanism that it chose."""
    CANCELLED = "cancelled"
    """The client gave up (RFC 4954 4)."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a log-in is tried."""

    service: Service
    listener: str
    client: str
    """The client's IP address in text."""
    tls: Tls | None
    mechanism: str = ""
    """SASL name: `PLAIN`, `SCRAM-SHA-256`."""


@dataclass(frozen=True, slots=True)
class Login:
    """A log-in that succeeded."""

    account: AccountId
    address: Address
    """The account's primary address."""
    credential: CredentialId | None = None
    """The password that was used; None for tokens and certificates."""


@dataclass(frozen=True, slots=True)
class Denial:
    """A log-in that did not. `text` is for the client, in ASCII, and tells nobody whether the account exists."""

    why: Why
    text: str
    again: Timestamp | None = None
    """When trying again makes sense."""


class ScramHash(StrEnum):
    """The hashes of SCRAM (RFC 5802, RFC 7677), under the names that `hashlib` has for them."""

    SHA1 = "sha1"
    SHA256 = "sha256"


@dataclass(frozen=True, slots=True)
class ScramVerifier:
    """What a server keeps of a password (RFC 5802 3): it cannot log in with it elsewhere, nor read the password."""

    hash: ScramHash
    salt: bytes
    iterations: int
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ScramCandidates:
    """The verifiers that a SCRAM exchange may end in: one salt and one iteration count, a verifier for each password.

    A name that nobody has gets one as well, always the same, which no password fits.
    """

    name: str
    """As the client gave it."""
    verifiers: Sequence[ScramVerifier]


class Authenticator(Protocol):
    """Whoever knows the accounts."""

    async def password(self, name: str, password: str, identity: str, around: Circumstances) -> Login | Denial:
        """PLAIN, LOGIN, and IMAP's LOGIN command. `identity`: the authzid, empty where the client gave none."""
        ...

    async def scram_candidates(self, name: str, hash_: ScramHash, around: Circumstances) -> ScramCandidates | Denial:
        """The first half of SCRAM; the attempt is not over unless this is a Denial."""
        ...

    async def scram_verdict(
        self, candidates: ScramCandidates, proven: ScramVerifier | None, identity: str, around: Circumstances
    ) -> Login | Denial:
        """The second half. `proven`: the one of the candidates whose password the client has; None: none of them."""
        ...

    async def certificate(self, addresses: Sequence[Address], identity: str, around: Circumstances) -> Login | Denial:
        """EXTERNAL. `addresses`: those of a client certificate that TLS has verified."""
        ...

    async def token(self, token: str, identity: str, around: Circumstances) -> Login | Denial:
        """OAUTHBEARER and XOAUTH2. `identity`: the name that the client gave, empty where it gave none."""
        ...

    async def failed(self, why: Why, name: str, around: Circumstances) -> Denial:
        """The exchange broke off: MALFORMED or CANCELLED. Recorded like any other."""
        ...
