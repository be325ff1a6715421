"""CREATE with its parameters (RFC 9051 6.3.4, RFC 4466 2.2, RFC 6154 3).

ABNF, as read here::

    create       = "CREATE" SP mailbox [SP "(" create-param *(SP create-param) ")"]
    create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")"
"""

from dataclasses import dataclass

from gateway.imap.wire.names import mailbox_argument
from gateway.imap.wire.scanner import BadSyntax, Scanner


@dataclass(frozen=True, slots=True)
class Creation:
    """`uses`: as they were written."""

    name: str
    uses: tuple[str, ...] = ()


def create_arguments(scanner: Scanner) -> Creation:
    """Raises BadSyntax, Refusal."""
    name = mailbox_argument(scanner)
    uses = scanner.listed(lambda: _use(scanner)) if scanner.skip(b" ") else ()
    if len(uses) > 1:
        raise BadSyntax("CREATE has one parameter at most: USE")
    return Creation(name, *uses)


def _use(scanner: Scanner) -> tuple[str, ...]:
    scanner.take(b"USE")
    scanner.space()
    return scanner.listed(scanner.flag, empty=True)
