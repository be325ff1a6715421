"""The bits of Thunderbird's `X-Mozilla-Status` and `X-Mozilla-Status2` (nsMsgMessageFlags.h)."""

from typing import Final

from gateway.store.flags import System

EXPUNGED: Final = 0x0008
_SYSTEM: Final = {0x0001: System.SEEN, 0x0002: System.ANSWERED, 0x0004: System.FLAGGED}
_FORWARDED: Final = 0x1000
_NO_RECEIPT: Final = 0x00800000
_DELETED: Final = 0x00200000
_LABELS: Final = 25
_KEYWORDS: Final = {"junk": "$Junk", "nonjunk": "$NotJunk"}


def hexadecimal(text: str) -> int:
    """The number that a field holds; 0 where it holds none."""
    try:
        return int(text.strip()[:8] or "0", 16)
    except ValueError:
        return 0


def system_of(status: int, status2: int) -> System:
    """Read, answered, starred; deleted on the server that it came from."""
    found = System(0)
    for bit, flag in _SYSTEM.items():
        if status & bit:
            found |= flag
    return found | System.DELETED if status2 & _DELETED else found


def keywords_of(status: int, status2: int, keys: str) -> list[str]:
    """Tags, with the names that IMAP clients give them."""
    found = [_KEYWORDS.get(each.lower(), each) for each in keys.split()]
    if status & _FORWARDED:
        found.append("$Forwarded")
    if status2 & _NO_RECEIPT:
        found.append("$MDNSent")
    if label := status2 >> _LABELS & 7:
        found.append(f"$label{label}")
    return found
