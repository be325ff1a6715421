"""GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208 4.1, RFC 2087 4). Limits are hard: what would exceed one is refused."""

from typing import Final

from gateway.imap import quota_roots
from gateway.imap.access import NAMESPACES
from gateway.imap.quota_roots import Root
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session
from gateway.imap.wire import strings
from gateway.imap.wire.completion import Completion, Refusal, ok
from gateway.imap.wire.names import mailbox_argument
from gateway.imap.wire.quota import NAMES, Setting, quota_root, setquota_arguments


async def _getquota(session: Session, name: str) -> Completion:
    root = await quota_roots.readable(session, name)
    session.output.untagged(await root.told())
    return ok("told")


async def _getquotaroot(session: Session, name: str) -> Completion:
    told, root = await _root(session, name)
    session.output.untagged(b"QUOTAROOT %b %b" % (strings.mailbox(told, utf8=session.utf8), root.name))
    session.output.untagged(await root.told())
    return ok("told")


async def _root(session: Session, name: str) -> tuple[str, Root]:
    """Of a mailbox, or of one that could be made. Raises Refusal."""
    try:
        located = await session.mail.find(name, "r")
    except Refusal:
        if name.startswith(NAMESPACES):
            raise
        return name, quota_roots.root_of(session, session.mail.own)
    return located.name, quota_roots.root_of(session, located.mail)


async def _setquota(session: Session, arguments: Setting) -> Completion:
    """What is not named has no limit any more (RFC 9208 4.1.3), whatever the configuration says."""
    root = quota_roots.settable(session, arguments.root)
    for resource in NAMES:
        await root.mail.quotas.set_limit(resource, arguments.limits.get(resource))
    session.output.untagged(await root.told())
    return ok("set")


EXTENSION: Final = Extension(
    commands=(
        command("GETQUOTA", quota_root, _getquota),
        command("GETQUOTAROOT", mailbox_argument, _getquotaroot),
        command("SETQUOTA", setquota_arguments, _setquota),
    ),
    capabilities=(
        Capability("QUOTA", logged_in, brings=("GETQUOTA", "GETQUOTAROOT")),
        Capability("QUOTA=RES-STORAGE", logged_in),
        Capability("QUOTA=RES-MESSAGE", logged_in),
        Capability("QUOTA=RES-MAILBOX", logged_in),
        Capability("QUOTASET", logged_in, brings=("SETQUOTA",)),
    ),
)
