"""What transcripts of IMAP do to an account's mail from outside."""

import re
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.mail.units import Timestamp
from gateway.store.actions import Expunge, SetFlags, Which
from gateway.store.flags import Flags, How, System
from gateway.store.model import SpecialUse
from gateway.store.protocol.store import Mail
from gateway.store.uids import UidSet
from tests.support.imap_world import append, new_email
from tests.support.transcript import octets

_NAMED: Final = re.compile(r'(?:"([^"]*)"|(\S+))(?: (.*))?')
_MESSAGE: Final = re.compile(r"\(([^)]*)\)(?: received=(\S+))? ?(.*)")
_FILES: Final = Path(__file__).parents[1]


async def prepare(mail: Mail, what: str, text: str, now: Timestamp) -> None:
    """`what`: `mailbox`, `message`, `expunge` or `flags`; `text`: what stands behind it. Raises ValueError."""
    found = _NAMED.fullmatch(text)
    if found is None:
        raise ValueError(f"{what}: {text}")
    name, rest = found[1] if found[1] is not None else found[2], found[3] or ""
    match what:
        case "mailbox":
            await mail.mailboxes.create(name, SpecialUse(rest) if rest else None)
        case "message":
            await _message(mail, name, rest, now)
        case "expunge":
            mailbox = (await mail.mailboxes.find(name)).id
            await mail.emails.carry_out([Expunge(mailbox, UidSet.parse(rest), Which.ALL)], now)
        case _:
            uids, _, flags = rest.partition(" ")
            mailbox = (await mail.mailboxes.find(name)).id
            change = SetFlags(mailbox, UidSet.parse(uids), How.REPLACE, flags_of(flags.strip("()")))
            await mail.emails.carry_out([change], now)


async def _message(mail: Mail, name: str, text: str, now: Timestamp) -> None:
    found = _MESSAGE.fullmatch(text)
    if found is None:
        raise ValueError(f"message: {text}")
    flags, received, source = found.groups()
    content = (_FILES / source).read_bytes() if source.startswith("corpus/") else octets(source)
    when = Timestamp(datetime.fromisoformat(received).timestamp()) if received else now
    await append(mail, name, await new_email(content, when, flags_of(flags)), now=now)


def flags_of(text: str) -> Flags:
    r"""`\Seen $Later`."""
    system, keywords = System(0), set[str]()
    for word in text.split():
        if word.startswith("\\"):
            system |= System[word[1:].upper()]
        else:
            keywords.add(word)
    return Flags(system, frozenset(keywords))
