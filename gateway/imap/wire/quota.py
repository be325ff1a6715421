"""GETQUOTA, GETQUOTAROOT and SETQUOTA, and their responses (RFC 9208 7).

ABNF, as read here::

    setquota         = "SETQUOTA" SP astring SP "(" [setquota-resource *(SP setquota-resource)] ")"
    setquota-resource = atom SP number64
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.imap.wire.completion import refused
from gateway.imap.wire.scanner import BadSyntax, Scanner
from gateway.store.errors import Resource
from gateway.store.protocol.quotas import Usage

NAMES: Final = {Resource.STORAGE: b"STORAGE", Resource.MESSAGES: b"MESSAGE", Resource.MAILBOXES: b"MAILBOX"}
_BY_NAME: Final = {name: resource for resource, name in NAMES.items()}
_UNIT: Final = 1024


@dataclass(frozen=True, slots=True)
class Setting:
    """The arguments of SETQUOTA, STORAGE in octets."""

    root: str
    limits: Mapping[Resource, int]


def quota_root(scanner: Scanner) -> str:
    """SP astring."""
    scanner.space()
    return scanner.text("a quota root")


def setquota_arguments(scanner: Scanner) -> Setting:
    """Raises BadSyntax, Refusal (NO [CANNOT] for a resource that there is not)."""
    root = quota_root(scanner)
    scanner.space()
    limits = scanner.listed(lambda: _limit(scanner), empty=True)
    if len(dict(limits)) < len(limits):
        raise BadSyntax("a resource is limited once in a command")
    return Setting(root, dict(limits))


def usage(used: Mapping[Resource, Usage]) -> bytes:
    """`(STORAGE 104 512)`: what is limited. Usage is rounded up, limits down."""
    told = [
        b"%b %d %d" % (name, -(-one.used // unit), one.limit // unit)
        for resource, name in NAMES.items()
        if (one := used[resource]).limit is not None
        for unit in (_UNIT if resource is Resource.STORAGE else 1,)
    ]
    return b"(%b)" % b" ".join(told)


def _limit(scanner: Scanner) -> tuple[Resource, int]:
    name = scanner.keyword("a resource")
    scanner.space()
    limit = scanner.number64("a limit")
    resource = _BY_NAME.get(name)
    if resource is None:
        raise refused("what can be limited is STORAGE, MESSAGE and MAILBOX", b"CANNOT")
    return resource, limit * _UNIT if resource is Resource.STORAGE else limit
