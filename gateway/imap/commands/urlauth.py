"""GENURLAUTH, URLFETCH and RESETKEY (URLAUTH, RFC 4467; URLAUTH=BINARY, RFC 5524; URL-PARTIAL, RFC 5550 5.7.1)."""

from dataclasses import replace
from typing import Final

from gateway.imap import url_keys, urls
from gateway.imap.fetch.binary import UnknownEncoding
from gateway.imap.fetch.sections import Extract
from gateway.imap.output import Unfinished
from gateway.imap.registry import Capability, Extension, command, logged_in
from gateway.imap.session import Session
from gateway.imap.url_rights import redeemed, signed
from gateway.imap.wire import strings, urlauth
from gateway.imap.wire.completion import Completion, Refusal, bad, ok, refused
from gateway.imap.wire.fetch import Text
from gateway.imap.wire.urlauth import Item, Reset, Unsigned, Wanted
from gateway.mail.octets import MemoryOctets
from gateway.mime.structure import Kind, Part, Span
from gateway.store.errors import StoreUnavailable
from gateway.summary.header import header_of
from gateway.summary.structure import body_structure


async def _genurlauth(session: Session, unsigned: tuple[Unsigned, ...]) -> Completion:
    if any(each.mechanism != url_keys.INTERNAL for each in unsigned):
        raise Refusal(bad("the only mechanism is INTERNAL"))
    found = [await signed(session, each.url) for each in unsigned]
    session.output.untagged(b"GENURLAUTH " + b" ".join(map(strings.string, found)))
    return ok("signed")


async def _urlfetch(session: Session, wanted: tuple[Wanted, ...]) -> Completion:
    """A response is begun when all of it but octets is known: it cannot be taken back."""
    for each in wanted:
        head = b"* URLFETCH " + strings.string(each.url)
        found = await redeemed(session, each.url)
        if found is None:
            session.output.write(head + b" NIL")
        elif not each.items:
            await _octets(session, head, found)
        else:
            await _items(session, head, found, each.items)
        session.output.write(b"\r\n")
        await session.output.breathe()
    return ok("fetched")


async def _resetkey(session: Session, reset: Reset) -> Completion:
    mail = session.mail
    if reset.mailbox is None:
        for each in {located.mail.account: located.mail for located in await mail.all()}.values():
            await url_keys.forget(each, mail.account)
        return ok("all keys are removed")
    if any(mechanism != url_keys.INTERNAL for mechanism in reset.mechanisms):
        raise refused("the only mechanism is INTERNAL", b"CANNOT")
    located = await mail.find(reset.mailbox, "r")
    await url_keys.renew(located.mail, located.mailbox.id, mail.account)
    return ok("the mailbox has a new key", b"URLMECH INTERNAL")


async def _octets(session: Session, head: bytes, found: urls.Found) -> None:
    extract = await found.extract()
    if extract is None:
        session.output.write(head + b" NIL")
    else:
        session.output.write(head + b" ")
        await _write(session, extract)


async def _items(session: Session, head: bytes, found: urls.Found, items: tuple[Item, ...]) -> None:
    """The structure first, as the examples of RFC 5524 have it; NIL alone where the URL names nothing."""
    extract = await found.extract()
    binary = Item.BINARY in items
    decoded = await _decoded(found) if binary and extract is not None else None
    structure = None
    if Item.STRUCTURE in items:
        structure = await urls.in_thread(lambda: _structure(found, decoded), found.shown.source, found.shown.account)
    if extract is None or (Item.STRUCTURE in items and structure is None):
        session.output.write(head + b" NIL")
        return
    session.output.write(head)
    if structure is not None:
        session.output.write(b" (BODYPARTSTRUCTURE %b)" % structure)
    if Item.BODY in items:
        session.output.write(b" (BODY ")
        await _write(session, extract)
        session.output.write(b")")
    elif binary and decoded is None:
        session.output.write(b" (BINARY NIL)")
    elif decoded is not None:
        session.output.write(b" (BINARY ")
        await _write(session, _within(decoded, found))
        session.output.write(b")")


async def _write(session: Session, extract: Extract) -> None:
    """As a string; as a literal8 where there is a NUL (RFC 5524 5)."""
    output, size = session.output, len(extract)
    nul = isinstance(extract.octets, MemoryOctets) and b"\0" in extract.octets.data
    output.write(b"~{%d}\r\n" % size if nul else b"{%d}\r\n" % size)
    try:
        async for chunk in urls.chunks(extract):
            output.write(chunk)
            await output.breathe()
    except StoreUnavailable as error:
        raise Unfinished("a message cannot be read to its end") from error


async def _decoded(found: urls.Found) -> MemoryOctets | None:
    """Without its transfer encoding; None: nobody here knows that. What is no part has none."""

    def work() -> MemoryOctets | None:
        if found.section.text is not Text.ALL:
            extract = found.shown.section(found.section)
            return None if extract is None else MemoryOctets(bytes(extract))
        try:
            decoded = found.shown.decoded(found.section.part, None)
        except UnknownEncoding:
            return None
        return None if decoded is None else MemoryOctets(b"".join(decoded.chunks()))

    return await urls.in_thread(work, found.shown.source, found.shown.account)


def _structure(found: urls.Found, decoded: MemoryOctets | None) -> bytes | None:
    """None: it is no part that has one."""
    part = found.shown.part(found.section.part) if found.section.text is Text.ALL else None
    if part is None:
        return None
    octets = found.shown.octets
    header = header_of(octets, part)
    if decoded is None or part.kind is not Kind.LEAF:
        return body_structure(octets, part, header)
    bare = replace(part, body=Span(0, len(decoded)), encoding=_identity(part, decoded))
    return body_structure(decoded, bare, header)


def _identity(part: Part, decoded: MemoryOctets) -> str:
    """The encoding that the decoded octets have (RFC 2045 2.7 to 2.9)."""
    if b"\0" in decoded.data or part.content_type.type != "text":
        return "7bit" if decoded.data.isascii() and b"\0" not in decoded.data else "binary"
    return "7bit" if decoded.data.isascii() else "8bit"


def _within(decoded: MemoryOctets, found: urls.Found) -> Extract:
    extract = Extract(decoded, (Span(0, len(decoded)),))
    return extract if found.window is None else extract.within(found.window)


EXTENSION: Final = Extension(
    commands=(
        command("GENURLAUTH", urlauth.genurlauth, _genurlauth),
        command("URLFETCH", urlauth.urlfetch, _urlfetch),
        command("RESETKEY", urlauth.resetkey, _resetkey),
    ),
    capabilities=(
        Capability("URL-PARTIAL", logged_in),
        Capability("URLAUTH", logged_in, brings=("GENURLAUTH", "URLFETCH", "RESETKEY")),
        Capability("URLAUTH=BINARY", logged_in),
    ),
)
