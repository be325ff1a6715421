"""The first account of an installation: `admin` in its first domain, so that somebody can log in and make the others.

Its password is shown *before* the account is committed, under the write lock. So of two processes that start at once
one shows a password; an account that is there has had its password shown; and after a crash in between there is no
account, and the next start shows another password, which counts. Whoever has missed it, makes a new one:
`gateway account password`.
"""

from collections.abc import Callable

from gateway.accounts.control import passwords
from gateway.accounts.control.people import NewAccount
from gateway.accounts.control.registrar import ControlRegistrar
from gateway.accounts.model import Role
from gateway.mail.address import Address
from gateway.mail.units import Timestamp

Show = Callable[[Address, str], None]
"""Shows an address and its password to whoever started the gateway, and nobody else: never to a log. Flushes."""


def first_admin(registrar: ControlRegistrar, address: Address, now: Timestamp, show: Show) -> bool:
    """Make the first account where there is none at all; whether it was made.

    Raises NotPossible, AccountsUnavailable: then there is no account, and a password that was shown is none.
    """
    if not registrar.is_empty():
        return False
    made = passwords.first_generated()
    new = NewAccount(address, "", Role.ADMIN, made.kept, now)
    return registrar.add_first(new, lambda: show(address, made.text))
