"""All about one account, for `gateway account show`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.accounts.model import Account, AliasEntry, Credential, Grant, LoginRecord
from gateway.accounts.protocol import Registrar
from gateway.cli.account_access import compared
from gateway.cli.account_view import (
    account_facts,
    account_object,
    alias_table,
    credential_object,
    credential_table,
    grant_object,
    grant_table,
    login_object,
    login_table,
)
from gateway.cli.common import console
from gateway.cli.shown import Json, objects, section
from gateway.mail.address import Address
from gateway.mail.units import Seconds, Timestamp

LOGINS: Final = 10
"""Log-in records that are shown."""
LATELY: Final = Seconds(7 * 86_400)
"""How far back they go."""


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of an account. `aliases`: those of the control database that lead to it."""

    account: Account
    aliases: Sequence[AliasEntry]
    grants: Sequence[Grant]
    credentials: Sequence[Credential]
    logins: Sequence[LoginRecord]


def gather(registrar: Registrar, address: Address, now: Timestamp) -> Story:
    """Raises NotPossible where no account has the address."""
    account = registrar.find(address)
    own = set(map(compared, account.addresses))
    return Story(
        account,
        [alias for alias in registrar.aliases() if any(compared(target) in own for target in alias.targets)],
        registrar.grants(address),
        registrar.credentials(address),
        registrar.logins(address, Timestamp(now - LATELY), LOGINS),
    )


def story_object(story: Story) -> dict[str, Json]:
    """For programs."""
    return {
        **account_object(story.account),
        "aliases": [str(alias.address) for alias in story.aliases],
        "grants": objects(story.grants, grant_object),
        "passwords": objects(story.credentials, credential_object),
        "logins": objects(story.logins, login_object),
    }


def print_story(story: Story, now: Timestamp) -> None:
    """For people."""
    out = console()
    out.print(account_facts(story.account, now))
    for part in (
        *section("Aliases", alias_table(story.aliases)),
        *section("Grants", grant_table(story.grants)),
        *section("Passwords", credential_table(story.credentials, now)),
        *section("Log-ins of the last 7 days", login_table(story.logins, now)),
    ):
        out.print(part)
