"""How accounts look: rows for people, objects for programs.

Names in log-in records are what attackers typed: nothing reaches a terminal or a program that a terminal would obey.
"""

from collections.abc import Iterable
from typing import Final

from rich.table import Table

from gateway.accounts.model import (
    Account,
    AddressRefusal,
    AliasEntry,
    Credential,
    Grant,
    GrantKind,
    LoginRecord,
    PasswordKind,
    WhileDisabled,
)
from gateway.cli.shown import Json, ago, facts, plain, rows, span
from gateway.mail.address import Address
from gateway.mail.domain import Domain
from gateway.mail.rfc3339 import rfc3339
from gateway.mail.units import Timestamp

_KINDS: Final = {
    GrantKind.SEND_AS: "may send as",
    GrantKind.ON_BEHALF: "may send on behalf of",
}


def account_object(account: Account) -> dict[str, Json]:
    """An account for programs."""
    disabled = account.disabled
    return {
        "id": account.id,
        "address": str(account.address),
        "addresses": [str(each) for each in account.addresses],
        "name": plain(account.name),
        "role": account.role.value,
        "created": rfc3339(account.created),
        "disabled": {
            "reason": plain(disabled.reason),
            "mail": disabled.mail.value,
            "since": rfc3339(disabled.since),
        }
        if disabled
        else None,
    }


def account_table(accounts: Iterable[Account], now: Timestamp) -> Table:
    """All accounts, one a line."""
    return rows(
        ("Address", "Name", "Role", "State", "Also", "Age"),
        (
            (
                str(each.address),
                each.name or "-",
                each.role.value,
                _state(each),
                " ".join(map(str, each.addresses[1:])) or "-",
                span(now - each.created),
            )
            for each in accounts
        ),
    )


def _state(account: Account) -> str:
    if account.disabled is None:
        return "enabled"
    mail = ", mail is refused" if account.disabled.mail is WhileDisabled.REFUSE else ""
    return f"disabled: {account.disabled.reason}{mail}"


def account_facts(account: Account, now: Timestamp) -> Table:
    """One account."""
    since = f" (since {rfc3339(account.disabled.since)})" if account.disabled else ""
    return facts(
        (
            ("Address", str(account.address)),
            ("Name", account.name or "-"),
            ("Role", account.role.value),
            ("State", _state(account) + since),
            ("Created", f"{rfc3339(account.created)} ({ago(account.created, now)})"),
            ("Addresses", " ".join(map(str, account.addresses))),
        )
    )


def credential_object(credential: Credential) -> dict[str, Json]:
    """A password for programs, or rather all but the password."""
    return {
        "kind": credential.kind.value,
        "name": plain(credential.name),
        "services": sorted(credential.services),
        "created": rfc3339(credential.created),
        "used": rfc3339(credential.used) if credential.used is not None else None,
        "used_from": plain(credential.used_from),
    }


def credential_table(credentials: Iterable[Credential], now: Timestamp) -> Table:
    """Passwords, one a line."""
    return rows(
        ("Password", "For", "Age", "Last used", "From"),
        (
            (
                each.name if each.kind is PasswordKind.APP else f"({each.kind.value})",
                " ".join(sorted(each.services)) or "all",
                span(now - each.created),
                ago(each.used, now),
                each.used_from or "-",
            )
            for each in credentials
        ),
    )


def login_object(record: LoginRecord) -> dict[str, Json]:
    """Log-in attempts for programs."""
    return {
        "first": rfc3339(record.first),
        "last": rfc3339(record.last),
        "count": record.count,
        "account": record.account,
        "name": plain(record.name),
        "service": record.service.value,
        "mechanism": plain(record.mechanism),
        "client": plain(record.client),
        "tls": plain(record.tls),
        "result": "ok" if record.result is None else record.result.value,
    }


def login_table(records: Iterable[LoginRecord], now: Timestamp) -> Table:
    """Log-in attempts, one kind a line."""
    return rows(
        ("Last", "Count", "Result", "Name", "Service", "Mechanism", "Client", "TLS"),
        (
            (
                ago(each.last, now),
                str(each.count),
                "ok" if each.result is None else each.result.value,
                each.name or "-",
                each.service.value,
                each.mechanism or "-",
                each.client,
                each.tls or "none",
            )
            for each in records
        ),
    )


def target_text(target: Address | Domain) -> str:
    """What a grant is for, as commands take it."""
    return f"@{target}" if isinstance(target, Domain) else str(target)


def grant_object(grant: Grant) -> dict[str, Json]:
    """A grant for programs."""
    return {"account": str(grant.account), "target": target_text(grant.target), "kind": grant.kind.value}


def grant_table(grants: Iterable[Grant]) -> Table:
    """Grants, one a line."""
    return rows(
        ("Account", "Right", "Target"),
        ((str(each.account), _KINDS[each.kind], target_text(each.target)) for each in grants),
    )


def alias_object(entry: AliasEntry) -> dict[str, Json]:
    """An alias for programs."""
    return {"address": str(entry.address), "targets": [str(each) for each in entry.targets]}


def alias_table(entries: Iterable[AliasEntry]) -> Table:
    """Aliases, one a line."""
    return rows(("Alias", "Goes to"), ((str(each.address), " ".join(map(str, each.targets))) for each in entries))


def refusal_object(refusal: AddressRefusal) -> dict[str, Json]:
    """A refused address for programs."""
    return {
        "address": str(refusal.address),
        "code": refusal.code,
        "status": str(refusal.status),
        "text": plain(refusal.text),
    }


def refusal_table(refusals: Iterable[AddressRefusal]) -> Table:
    """Refused addresses, one a line."""
    return rows(
        ("Address", "Answer"), ((str(each.address), f"{each.code} {each.status} {each.text}") for each in refusals)
    )
