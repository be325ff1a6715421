"""A mailbox server with one account, for tests with mail programs.

It is the gateway. Asked with `IMAP_SERVER=dovecot` it is Dovecot, which shows that a test asks nothing strange.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from imapclient import IMAPClient

from tests.support.gateway_process import Gateway
from tests.support.patience import wait_for
from tests.support.post import post

AL = "al@home.example"


class MailServer(Protocol):
    """One that runs on loopback."""

    @property
    def port(self) -> int:
        """In the clear, and STARTTLS."""
        ...

    @property
    def tls_port(self) -> int:
        """TLS from the first octet."""
        ...

    @property
    def certificate(self) -> Path:
        """Its own, signed by itself, for `localhost`."""
        ...

    @property
    def password(self) -> str:
        """Of `AL`."""
        ...

    def deliver(self, octets: bytes) -> None:
        """Into the inbox; returns when it lies there."""
        ...


@dataclass(frozen=True, slots=True)
class GatewayServer:
    """The gateway as a mailbox server."""

    gateway: Gateway
    password: str

    @property
    def port(self) -> int:
        return self.gateway.imap_port

    @property
    def tls_port(self) -> int:
        return self.gateway.imaps_port

    @property
    def certificate(self) -> Path:
        return self.gateway.data / "tls/certificate.pem"

    def deliver(self, octets: bytes) -> None:
        with looking(self) as eyes:
            before = len(lying(eyes, "INBOX"))
            post(self.gateway, AL, octets=octets, sender="bo@x.example")
            wait_for(lambda: len(lying(eyes, "INBOX")) > before, what="the message in the inbox")


def gateway_server(gateway: Callable[..., Gateway], **config: object) -> GatewayServer:
    """A gateway with the account `AL` and nothing in it but what comes with every account."""
    routes = [{"name": "local", "when": {"local": True}, "deliver": "mailbox"}]
    running = gateway(**({"hostname": "localhost", "domains": [{"name": "home.example"}], "routes": routes} | config))
    return GatewayServer(running, running.account(AL))


@dataclass(frozen=True, slots=True)
class Lying:
    """A message in a mailbox. `flags` are those of the server without \\Recent."""

    uid: int
    flags: frozenset[str]
    octets: bytes

    @property
    def subject(self) -> str:
        """As it stands there."""
        lines = self.octets.split(b"\r\n\r\n")[0].split(b"\r\n")
        return next(line[9:].decode() for line in lines if line.lower().startswith(b"subject: "))


@contextmanager
def looking(server: MailServer) -> Iterator[IMAPClient]:
    """A session with nothing but IMAP4rev1, to see what the program under test did."""
    with IMAPClient("127.0.0.1", server.port, ssl=False, timeout=20) as eyes:
        eyes.login(AL, server.password)
        yield eyes


def lying(eyes: IMAPClient, mailbox: str) -> list[Lying]:
    """All that is in the mailbox now, in order. Sets no flag, and leaves no mailbox selected."""
    eyes.select_folder(mailbox, readonly=True)
    uids = eyes.search()
    found = eyes.fetch(uids, ["FLAGS", "BODY.PEEK[]"]) if uids else {}
    eyes.close_folder()
    return [
        Lying(uid, frozenset(each.decode() for each in row[b"FLAGS"]) - {"\\Recent"}, row[b"BODY[]"])
        for uid, row in sorted(found.items())
    ]


def put(eyes: IMAPClient, mailbox: str, octets: bytes, *flags: str) -> None:
    """APPEND."""
    eyes.append(mailbox, octets, flags)


def names(eyes: IMAPClient) -> set[str]:
    """Of all mailboxes."""
    return {name for _, _, name in eyes.list_folders()}
