"""What a session is offered (RFC 9051 7.2.2)."""

from gateway.imap.session import Session


def capabilities(session: Session) -> bytes:
    """The atoms, with spaces between them."""
    from gateway.imap.commands import EXTENSIONS  # noqa: PLC0415 - the commands use this

    offered = (each.name for extension in EXTENSIONS for each in extension.capabilities if each.offered(session))
    return " ".join(("IMAP4rev2", "IMAP4rev1", *offered)).encode()
