"""A relay with accounts, for tests: al and jörg at home.example, whatever else a test adds."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.accounts.control.setup import Configured
from gateway.accounts.model import AddressRefusal, DomainEntry, Grant, GrantKind
from gateway.accounts.protocol import Meter
from gateway.mail import codes
from gateway.mail.address import parse_address
from gateway.mail.domain import parse_domain
from gateway.mail.origin import Origin
from tests.contract.accounts_support import Accounts, Place, Uses, control
from tests.support.relay_world import TRUSTED, World, world

HEADER = "domains: [{name: home.example}, {name: empty.example}]\n"
ROUTES = """\
relays: {legacy: {hosts: ["127.0.0.1:9"]}}
routes:
  - {name: tickets, when: {recipient: ["tickets@home.example"]}, deliver: {relay: legacy}}
  - {name: later, when: {header: {subject: "^later"}, local: yes}, deliver: hold}
  - {name: local, when: {local: yes}, deliver: {relay: legacy}}
  - {name: internet, deliver: mx}
"""
_ENTRIES = (DomainEntry(parse_domain("home.example"), configured=True), DomainEntry(parse_domain("empty.example")))


@dataclass
class Inhabited:
    """`al` is who is logged in as al@home.example."""

    relay: World
    accounts: Accounts
    al: Origin

    def noticed(self) -> None:
        """The directory has seen every change."""
        self.accounts.directory.version()

    def refuse(self, address: str, text: str = "gone fishing") -> None:
        """The address takes no mail from now on."""
        refusal = AddressRefusal(parse_address(address), 550, codes.BAD_SENDER_DOMAIN, text)
        self.accounts.registrar.set_refusal(refusal)
        self.noticed()

    def grant(self, target: str, kind: GrantKind, account: str = "al@home.example") -> None:
        """The account may write under the target."""
        of = parse_domain(target) if "@" not in target else parse_address(target)
        self.accounts.registrar.add_grant(Grant(parse_address(account), of, kind))
        self.noticed()

    def logged_in(self, address: str) -> Origin:
        """A client with this account. Only the id says so: whether it is trusted is the relay's to know."""
        found = self.accounts.registrar.find(parse_address(address))
        return replace(TRUSTED, trusted=False, account=found.id, authenticated=str(found.address), ip="192.0.2.7")


@contextmanager
def accounts_of(folder: Path) -> Iterator[Accounts]:
    """al and jörg at home.example."""
    accounts = control(Place(folder / "accounts", Uses(), Configured(_ENTRIES)))
    try:
        for address in ("al@home.example", "jörg@home.example"):
            accounts.registrar.add_account(parse_address(address))
        accounts.directory.version()
        yield accounts
    finally:
        accounts.close()


@asynccontextmanager
async def inhabited(folder: Path, text: str = ROUTES, meter: Meter | None = None) -> AsyncIterator[Inhabited]:
    """A relay whose configuration has two domains and these routes."""
    with accounts_of(folder) as accounts:
        async with world(folder, HEADER + text, accounts.directory, meter) as relay:
            made = Inhabited(relay, accounts, TRUSTED)
            made.al = made.logged_in("al@home.example")
            yield made
