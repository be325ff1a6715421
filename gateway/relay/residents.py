"""Who lives in the local domains: what is refused for want of a mailbox, or because an address takes no mail.

Mail for a local domain goes where its route leads. The accounts have a say first: an address that takes no mail takes
none by any route; and where a domain has accounts, an address that nobody has is refused at once (RFC 5321 3.6.2), not
bounced later to a sender who may be forged. A route that names an address knows it.
"""

from dataclasses import replace
from typing import assert_never

from gateway.accounts.protocol import AccountsUnavailable, Directory, Elsewhere, Known, Nobody, Refused, Resolution
from gateway.mail import codes
from gateway.mail.address import Address, LocalPart
from gateway.mail.codes import EnhancedCode
from gateway.mail.reply import Reply, reply
from gateway.route.aliases import MoreAliases
from gateway.route.plan import Discard, Hold, Mailbox, Reject, Route, Via, ViaMx


def is_service(local: LocalPart) -> bool:
    """Whether somebody has to read what is sent there, in every domain of ours (RFC 5321 4.5.1, RFC 2142 2 and 4)."""
    return local.value.lower() in {"postmaster", "abuse"}


class Residents:
    """Asks the accounts. Every method raises AccountsUnavailable, but `still`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def closed(self, address: Address) -> Reply | None:
        """What is said of an address that takes no mail, by whatever route."""
        found = self._found(address)
        return _said(found) if isinstance(found, Refused) else None

    def refusal(self, address: Address, route: Route | None) -> Reply | None:
        """Why the address gets no mail by this route; None: the accounts have nothing against it."""
        found = self._found(address)
        match found:
            case Refused():
                return _said(found)
            case Nobody():
                return no_mailbox(address) if route and self._asks_who(address, route) else None
            case Known():
                return None
            case Elsewhere() | None:
                return no_mailbox(address) if route and isinstance(route.action, Mailbox) else None
            case _:
                assert_never(found)

    def _found(self, address: Address) -> Resolution | None:
        """None: not ours, and not looked for."""
        return self._directory.resolve(address) if self._directory.is_local(address.domain) else None

    def _asks_who(self, address: Address, route: Route) -> bool:
        """Whether the route takes mail for those alone who live here."""
        match route.action:
            case Mailbox():
                return True
            case Via() | ViaMx():
                return address.key not in route.named and self._directory.has_accounts(address.domain)
            case Reject() | Discard() | Hold():
                return False
            case _:
                assert_never(route.action)

    def still(self, address: Address, route: Route | None) -> Route | None:
        """The route of mail that waits, or one that refuses it: the account may be gone. Never raises."""
        if route is None or is_service(address.local):
            return route
        try:
            refusal = self.refusal(address, route)
        except AccountsUnavailable:
            return route
        if refusal is None or refusal.status is None:
            return route
        return replace(route, action=Reject(refusal.code, refusal.status, refusal.text))


def aliases_of(directory: Directory) -> MoreAliases:
    """The accounts' aliases, for an AliasTable: looked for in local domains alone."""
    return lambda address: directory.alias(address) if directory.is_local(address.domain) else None


def no_mailbox(address: Address) -> Reply:
    """Nobody has the address."""
    return reply(550, codes.NO_SUCH_MAILBOX, f"no mailbox {in_ascii(address)} here")


def in_ascii(address: Address) -> str:
    """An address as a reply may have it, whatever the client can read."""
    return address.wire.encode("ascii", "backslashreplace").decode("ascii")


def _said(refused: Refused) -> Reply:
    status = EnhancedCode.parse(refused.status) or codes.NO_SUCH_MAILBOX
    return reply(refused.code, status, refused.text.encode("ascii", "backslashreplace").decode("ascii"))
