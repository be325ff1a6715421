"""Names of annotations (RFC 5464 3.2)."""

import re
from typing import Final

from gateway.imap.wire.scanner import BadSyntax, Scanner

MAX_ENTRIES: Final = 200
"""Of one command."""
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
    """One, or `(` entry *(SP entry) `)`, each once. Raises BadSyntax."""
    if not scanner.peek(b"("):
        return (entry_name(scanner),)
    return few(tuple(dict.fromkeys(scanner.listed(lambda: entry_name(scanner)))))


def few(names: tuple[str, ...]) -> tuple[str, ...]:
    """Where they are not too many for one command. Raises BadSyntax."""
    if len(names) > MAX_ENTRIES:
        raise BadSyntax(f"no more than {MAX_ENTRIES} entries in one command")
    return names
