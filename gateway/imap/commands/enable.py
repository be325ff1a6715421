"""ENABLE (RFC 5161, RFC 9051 6.3.1), and what is enabled without a command of its own: IMAP4rev2, UTF8=ACCEPT."""

from typing import Final

from gateway.imap.condstore import tell_highest
from gateway.imap.registry import Capability, Extension, always, command, logged_in
from gateway.imap.session import REV2, UTF8, Session
from gateway.imap.wire.completion import Completion, ok
from gateway.imap.wire.scanner import Scanner

_WRITTEN: Final = {REV2: "IMAP4rev2"}


def _parse(scanner: Scanner) -> tuple[str, ...]:
    """1*(SP capability)."""
    names = []
    scanner.space()
    names.append(scanner.keyword("a capability").decode())
    while scanner.skip(b" "):
        names.append(scanner.keyword("a capability").decode())
    return tuple(names)


async def _enable(session: Session, names: tuple[str, ...]) -> Completion:
    """Names that are not known, or switched off, are passed over."""
    possible = session.offer.enables(session)
    fresh = [name for name in dict.fromkeys(names) if name in possible and name not in session.enabled]
    knew = session.condstore
    session.enabled.update(fresh)
    session.output.untagged(" ".join(("ENABLED", *(_WRITTEN.get(name, name) for name in fresh))).encode())
    if session.condstore and not knew:
        tell_highest(session)
    return ok("enabled what is known")


EXTENSION: Final = Extension(
    commands=(command("ENABLE", _parse, _enable),),
    capabilities=(Capability("ENABLE", always, brings=("ENABLE",)), Capability(UTF8, logged_in)),
    enables=frozenset({REV2, UTF8}),
)
