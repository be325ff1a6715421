"""Names of annotations (RFC 5464 3.2)."""

from gateway.imap.wire.scanner import BadSyntax, Scanner


def entry_name(scanner: Scanner) -> str:
    """In lower case: they are compared without it. Raises BadSyntax."""
    octets = scanner.astring("the name of an entry")
    name = octets.decode("latin-1").lower()
    if not octets.startswith(b"/") or not name.isascii() or "*" in name or "%" in name or "//" in name:
        raise BadSyntax("the name of an entry begins with / and has no * or %, nor // (RFC 5464 3.2)")
    return name
