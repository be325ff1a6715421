"""Names of mailboxes as clients write them (RFC 9051 5.1; modified UTF-7: RFC 3501 5.1.3)."""

from gateway.imap.wire.completion import refused
from gateway.imap.wire.scanner import Scanner, utf8
from gateway.mail import modified_utf7
from gateway.mail.modified_utf7 import NotModifiedUtf7


def mailbox_argument(scanner: Scanner) -> str:
    """SP mailbox. Raises as `mailbox_name` does."""
    scanner.space()
    return mailbox_name(scanner)


def mailbox_name(scanner: Scanner) -> str:
    """As text: UTF-8 from whoever enabled it, else modified UTF-7. Raises BadSyntax, and Refusal (NO [CANNOT]) for a
    name that is not in modified UTF-7: what LIST shows always is."""
    octets = scanner.astring("a mailbox name")
    if scanner.utf8:
        return utf8(octets, "a mailbox name")
    try:
        return modified_utf7.decode(octets.decode("latin-1"))
    except NotModifiedUtf7 as error:
        raise refused(f"{error}; or ENABLE UTF8=ACCEPT and send UTF-8", b"CANNOT") from error
