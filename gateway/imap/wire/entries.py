"""Names of annotations (RFC 5464 3.2)."""

import re
from typing import Final

from gateway.imap.wire.scanner import BadSyntax, Scanner

_NAME: Final = re.compile(rb"(?:/[ !-$&-)+-.0-~]+)+")


def entry_name(scanner: Scanner) -> str:
    """In lower case: they are compared without it. Raises BadSyntax."""
    octets = scanner.astring("the name of an entry")
    if not _NAME.fullmatch(octets):
        raise BadSyntax("the name of an entry is /one/or/more/levels, in ASCII without controls, * and %")
    name = octets.decode().lower()
    if not name.startswith(("/private/", "/shared/")) and name not in ("/private", "/shared"):
        raise BadSyntax("the name of an entry begins with /private/ or /shared/")
    return name


def settable(name: str) -> str:
    """Where that is the name of an entry that can have a value. Raises BadSyntax."""
    levels = name.count("/")
    if levels < (4 if "/vendor/" in name[:16] else 2):
        raise BadSyntax("an entry has at least two levels, and four below /private/vendor and /shared/vendor")
    return name


def entries(scanner: Scanner) -> tuple[str, ...]:
    """One, or `(` entry *(SP entry) `)`. Raises BadSyntax."""
    if scanner.peek(b"("):
        return scanner.listed(lambda: entry_name(scanner))
    return (entry_name(scanner),)
