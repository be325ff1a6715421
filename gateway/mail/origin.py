"""Where a message came from: the client, its session and how it was greeted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tls:
    """The TLS of a session, for the trace field: `TLSv1.3`, `TLS_AES_256_GCM_SHA384`."""

    version: str
    cipher: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The client as the listener saw it. Kept with the message, for routing again and for the history."""

    listener: str
    ip: str
    """The client's address in text, without brackets; empty for mail made on this machine (`gateway sendmail`)."""
    helo: str = ""
    """What it said in HELO, EHLO or LHLO; ASCII or A-labels."""
    name: str = ""
    """Its name in the DNS, empty where unknown."""
    extended: bool = True
    """EHLO or LHLO rather than HELO."""
    lmtp: bool = False
    tls: Tls | None = None
    authenticated: str | None = None
    """The primary address of the account it logged in to."""
    trusted: bool = False
    """In a trusted network, or authenticated: it may relay."""
    account: int | None = None
    """The id of the account it logged in to, which stays when addresses change."""
