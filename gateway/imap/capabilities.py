"""What a session is offered (RFC 9051 7.2.2), and what belongs to capabilities that can be switched off."""

from collections.abc import Mapping
from typing import Final

from gateway.imap.capability_names import CapabilityName as Name
from gateway.imap.session import Session

_OF: Final[Mapping[Name, str]] = {
    Name.ID: "ID",
    Name.ENABLE: "ENABLE",
    Name.IDLE: "IDLE",
    Name.NAMESPACE: "NAMESPACE",
    Name.UNSELECT: "UNSELECT",
    Name.UIDPLUS: "UID EXPUNGE",
    Name.MOVE: "MOVE, UID MOVE",
    Name.REPLACE: "REPLACE, UID REPLACE",
    Name.SORT: "SORT, UID SORT",
    Name.MULTISEARCH: "ESEARCH",
    Name.NOTIFY: "NOTIFY",
    Name.METADATA: "GETMETADATA, SETMETADATA",
    Name.QUOTA: "GETQUOTA, GETQUOTAROOT",
    Name.QUOTASET: "SETQUOTA",
    Name.ACL: "GETACL, SETACL, DELETEACL, LISTRIGHTS, MYRIGHTS",
    Name.URLAUTH: "GENURLAUTH, URLFETCH, RESETKEY",
    Name.COMPRESS_DEFLATE: "COMPRESS",
    Name.LANGUAGE: "LANGUAGE",
    Name.UNAUTHENTICATE: "UNAUTHENTICATE",
    Name.UIDBATCHES: "UIDBATCHES",
    Name.I18NLEVEL_2: "COMPARATOR",
}
_COMMANDS: Final = {name.encode(): of for of, names in _OF.items() for name in names.split(", ")}


def capabilities(session: Session) -> bytes:
    """The atoms, with spaces between them."""
    from gateway.imap.commands import EXTENSIONS  # noqa: PLC0415 - the commands use this

    offered = (each for extension in EXTENSIONS for each in extension.capabilities if each.offered(session))
    names = dict.fromkeys(each.atom(session) for each in offered if each.name not in session.without)
    revisions = ("IMAP4rev1",) if Name.IMAP4REV2 in session.without else ("IMAP4rev2", "IMAP4rev1")
    return " ".join((*revisions, *names, *mechanisms(session))).encode()


def mechanisms(session: Session) -> tuple[str, ...]:
    """`AUTH=PLAIN`: how to log in, to who has not."""
    if session.login is not None:
        return ()
    return tuple(f"AUTH={name}" for name in session.service.logins.offered(session.channel()))


def switched_off(session: Session, command: bytes) -> bool:
    """Whether the command belongs to a capability that this session has not."""
    of = _COMMANDS.get(command)
    return of is not None and of in session.without
