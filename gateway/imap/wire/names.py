"""Names of mailboxes as clients write them (RFC 9051 5.1; modified UTF-7: RFC 3501 5.1.3)."""

from gateway.imap.wire.scanner import Scanner, utf8
from gateway.mailbox.transfer import modified_utf7


def mailbox_name(scanner: Scanner) -> str:
    """As text: UTF-8 from whoever enabled it, else modified UTF-7. Raises BadSyntax."""
    octets = scanner.astring("a mailbox name")
    name = utf8(octets, "a mailbox name")
    return name if scanner.utf8 else modified_utf7.decode(name)
