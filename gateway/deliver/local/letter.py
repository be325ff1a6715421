"""A message as mailboxes get it: what the filters before us say of it, and the trace fields of its final delivery.

ABNF (RFC 5321 4.4, RFC 9228 3, RFC 6532 3.2)::

    return-path  = "Return-Path:" SP "<" [ Mailbox ] ">" CRLF
    delivered-to = "Delivered-To:" SP Mailbox CRLF

A Return-Path that is there says nothing any more, and goes. A Delivered-To stays: it tells of a loop, as with Postfix.
Addresses are written with A-labels where their localpart is ASCII, else as UTF-8.
"""

from collections.abc import Iterator
from typing import Final

from gateway.mail.address import Address, ReversePath
from gateway.mail.octets import OctetSource
from gateway.mime.header import HeaderBlock, header_block, header_fields
from gateway.relay.delivered_to import delivered_to
from gateway.relay.seen import Header
from gateway.rewrite.header_edits import with_fields
from gateway.store.config import Believed, JunkConfig

PIECE: Final = 1024 * 1024
"""Octets of a large message that are read at a time, about."""


class Letter:
    """One message on its way into any number of mailboxes. Everything but `pieces` is worked out when it is made."""

    def __init__(self, octets: OctetSource, sender: ReversePath, junk: JunkConfig, *, trusted: bool) -> None:
        self._octets = octets
        header = header_block(octets)
        self._return_path = f"Return-Path: <{_written(sender)}>\r\n"
        # Read here: what follows may happen in several threads at once.
        self._fields = header_fields(octets) if _may_have(header, "return-path") else ()
        self._delivered = delivered_to(octets, header)
        believed = trusted or junk.believed is Believed.ANYONE
        self.junk = believed and _is_junk(octets, header, junk)
        """Whether a filter calls it that."""

    def was_delivered(self, to: Address) -> bool:
        """Whether it has been in this mailbox before."""
        return to.key in self._delivered

    def top(self, to: Address) -> bytes:
        """The fields that are added for one recipient."""
        return f"{self._return_path}Delivered-To: {to.wire}\r\n".encode()

    def __len__(self) -> int:
        return len(self._octets)

    def octets(self, to: Address) -> bytes:
        """All of a small message, for one recipient."""
        return b"".join(self._chunks(self.top(to)))

    def pieces(self, to: Address) -> Iterator[bytes]:
        """A large message for one recipient, in pieces of about `PIECE` octets. Raises OSError."""
        held = bytearray()
        for chunk in self._chunks(self.top(to)):
            held += chunk
            if len(held) >= PIECE:
                yield bytes(held)
                held.clear()
        yield bytes(held)

    def _chunks(self, top: bytes) -> Iterator[bytes]:
        octets = self._octets
        if self._fields:
            yield from with_fields(octets, self._fields, ("return-path",), [top]).chunks()
            return
        yield top
        yield from octets.chunks(0, len(octets))


def _written(path: ReversePath) -> str:
    return path.wire if isinstance(path, Address) else ""


def _may_have(header: HeaderBlock, name: str) -> bool:
    """Whether a line begins with this name: nearly always none does, and that is quickly seen."""
    return b"\r\n" + name.encode() in header.lowered


def _is_junk(octets: OctetSource, header: HeaderBlock, junk: JunkConfig) -> bool:
    wanted = [(name, regex) for name, regex in junk.headers.items() if _may_have(header, name.text.lower())]
    if not wanted:
        return False
    values = Header(octets)
    return any(regex.found_in(value) for name, regex in wanted for value in values(name.text.lower()))
