"""CREATE (RFC 9051 6.3.4), with CREATE-SPECIAL-USE (RFC 6154 3) and the mailbox's identifier (RFC 8474 4.1)."""

from typing import Final

from gateway.imap.announcing import announce
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session
from gateway.imap.special_use import use_of
from gateway.imap.wire.completion import Completion, ok, refused
from gateway.imap.wire.creation import Creation, create_arguments
from gateway.imap.wire.object_ids import mailbox_id
from gateway.store.errors import NotPossible
from gateway.store.model import Mailbox, SpecialUse
from gateway.store.names import SEPARATOR, levels_of
from gateway.store.protocol.store import Mail


async def _create(session: Session, arguments: Creation) -> Completion:
    wanted = arguments.name.removesuffix(SEPARATOR)
    use = use_of(arguments.uses)
    spot = await session.mail.spot(wanted)
    if use is not None and spot.root:
        raise refused(f"{use} is for mailboxes of your own", b"USEATTR")
    levels_of(spot.name)
    made = await _made(spot.mail, spot.name, use)
    announce(session, spot.root + made.name, wanted)
    return ok("made", b"MAILBOXID (%b)" % mailbox_id(spot.mail.account, made.id))


async def _made(mail: Mail, name: str, use: SpecialUse | None) -> Mailbox:
    try:
        return await mail.mailboxes.create(name, use)
    except NotPossible as error:
        if use is not None and type(error) is NotPossible:
            raise refused(str(error), b"USEATTR") from error
        raise


EXTENSION: Final = Extension(
    commands=(command("CREATE", create_arguments, _create),),
    capabilities=(Capability("CREATE-SPECIAL-USE", logged_in), Capability("OBJECTID", logged_in)),
)
