"""COMPARATOR (RFC 5255 4.7): what texts are compared by in SEARCH, SORT and THREAD. There is one: i;unicode-casemap
(RFC 5051)."""

import re
from typing import Final

from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.scanner import BadSyntax, Scanner

NAME: Final = "i;unicode-casemap"
DEFAULT: Final = "default"
_PATTERN: Final = re.compile(r"[A-Za-z0-9;=.*-]{1,254}")


def _parse(scanner: Scanner) -> tuple[str, ...]:
    r"""*(SP comp-order-quoted): names, with `*` for any characters (RFC 4790 3.2)."""
    found: list[str] = []
    while not scanner.at_end:
        scanner.space()
        name = scanner.text("a comparator")
        if not _PATTERN.fullmatch(name):
            raise BadSyntax("a comparator has letters, digits, `;`, `=`, `.`, `-` and `*`")
        found.append(name.lower())
    return tuple(found)


async def _comparator(session: Session, wanted: tuple[str, ...]) -> Completion:
    if wanted and not any(map(_matches, wanted)):
        raise refused(f"the only comparator is {NAME}", b"BADCOMPARATOR")
    session.output.untagged(b"COMPARATOR " + NAME.encode())
    return ok(f"texts are compared by {NAME}")


def _matches(pattern: str) -> bool:
    """One `*` after the other, each as early as possible: what follows has less to find."""
    if pattern == DEFAULT:
        return True
    first, *others = pattern.split("*")
    if not others:
        return pattern == NAME
    at = len(first)
    for part in others[:-1]:
        found = NAME.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return NAME.startswith(first) and NAME.endswith(others[-1]) and len(NAME) - len(others[-1]) >= at


EXTENSION: Final = Extension(
    commands=(command("COMPARATOR", _parse, _comparator),),
    capabilities=(Capability("I18NLEVEL=1", logged_in), Capability("I18NLEVEL=2", logged_in, brings=("COMPARATOR",))),
)
