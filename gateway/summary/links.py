"""What threads are made by: Message-IDs in their normal form (RFC 5256 2.1 under REFERENCES, RFC 5322 3.6.4).

ABNF, as read here::

    msg-id = "<" *( any character but "<" and ">" ) ">"

In its normal form it has no quotes, quoted pairs or blanks. It needs no `@`: many have none.
"""

import hashlib
import re

from gateway.summary.header import Header
from gateway.summary.model import Links

MAX_REFERENCES = 100
_ID = re.compile(r"<([^<>]+)>")
_QUOTING = re.compile(r'[\s"]+|\\(.)')
_LONGEST = 64 * 1024


def links(header: Header, *, answers: bool) -> Links:
    """Of a message's header, and whether its subject says that it answers."""
    own = message_ids(header.text("message-id") or "")[:1]
    references = message_ids(header.text("references") or "")
    if not references:
        references = message_ids(header.text("in-reply-to") or "")[:1]
    return Links(
        own=link_of(own[0]) if own else hashed(header.raw),
        references=tuple([link_of(each) for each in references[-MAX_REFERENCES:]]),
        answers=answers,
    )


def message_ids(text: str) -> list[str]:
    """The Message-IDs in the value of a field, in their normal form without angle brackets."""
    return [found for each in _ID.findall(text[-_LONGEST:]) if (found := _normal(each))]


def _normal(text: str) -> str:
    if '"' in text or "\\" in text or " " in text or "\t" in text:
        return _QUOTING.sub(lambda found: found[1] or "", text)
    return text


def link_of(message_id: str) -> int:
    """The number by which a Message-ID in its normal form is known."""
    return hashed(message_id.encode("utf-8", "replace"))


def hashed(octets: bytes) -> int:
    """63 bits."""
    return int.from_bytes(hashlib.blake2b(octets, digest_size=8).digest(), "big") >> 1
