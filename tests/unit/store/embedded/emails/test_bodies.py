"""Octets on their way in: rows for small ones, files for large ones, and nothing left of what came to nothing."""

from pathlib import Path

import pytest

from gateway.mail.octets import MemoryOctets, OctetSource
from gateway.storage.octets import FileOctets
from gateway.storage.spool import FileBody
from gateway.store.actions import Append
from gateway.store.config import MailboxConfig, QuotaConfig
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.errors import NoSuchMailbox, OverQuota, StoreUnavailable
from gateway.store.model import EmailId, MailboxId, NewEmail
from gateway.store.protocol.emails import INLINE_LIMIT
from tests.unit.store.embedded.engine_support import AL, BO, NOW, append, folder, opened

LARGE = b"line\r\n" * 20_000


def files(data: Path) -> int:
    bodies = folder(data).bodies
    return len(list(bodies.iterdir())) if bodies.exists() else 0


async def spooled(mail: EmbeddedMail, octets: bytes = LARGE) -> FileBody:
    spool = mail.emails.spool()
    await spool.write(octets)
    return await spool.finish()


def of(octets: OctetSource) -> NewEmail:
    return NewEmail(octets, NOW)


@pytest.mark.parametrize(("size", "count"), [(0, 0), (INLINE_LIMIT, 0), (INLINE_LIMIT + 1, 1), (300_000, 1)])
async def test_large_ones_are_files(tmp_path: Path, size: int, count: int) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        await append(mail, of(MemoryOctets(b"x" * size)))
        assert files(tmp_path) == count
        (found,) = await mail.emails.octets([EmailId(1)])
        assert found is not None
        assert found.read(0, size + 1) == b"x" * size


async def test_a_spool_becomes_the_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        body = await spooled(mail)
        await append(mail, of(body))
        body.discard()
        assert [each.name for each in folder(tmp_path).bodies.iterdir()] == [body.name]


async def test_octets_from_elsewhere_are_copied(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(LARGE)
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        theirs = await spooled(store.mail(BO))
        await append(mail, of(FileOctets(elsewhere)), of(theirs))
        theirs.discard()
        assert files(tmp_path) == 2
        for octets in await mail.emails.octets([EmailId(1), EmailId(2)]):
            assert octets is not None
            assert octets.read(0, len(octets)) == LARGE
    assert elsewhere.read_bytes() == LARGE


async def test_what_is_refused_leaves_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path, MailboxConfig(quota=QuotaConfig(messages=1))) as store:
        mail = store.mail(AL)
        body = await spooled(mail)
        with pytest.raises(NoSuchMailbox):
            await mail.emails.carry_out([Append(MailboxId(99), (of(MemoryOctets(LARGE)), of(body)))], NOW)
        assert files(tmp_path) == 1, "the spool is still its owner's"
        with pytest.raises(OverQuota):
            await append(mail, of(MemoryOctets(LARGE)), of(body))
        assert files(tmp_path) == 1
        await append(mail, of(body))
        body.discard()
        assert files(tmp_path) == 1


async def test_a_delivery_that_is_known_leaves_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        mail = store.mail(AL)
        first = await append(mail, of(MemoryOctets(LARGE)), token="once")
        body = await spooled(mail)
        assert await append(mail, of(body), token="once") == first
        assert await append(mail, of(MemoryOctets(LARGE)), token="once") == first
        body.discard()
        assert files(tmp_path) == 1


async def test_octets_that_cannot_be_read(tmp_path: Path) -> None:
    for size in (10, 100_000):
        gone = tmp_path / "gone"
        gone.write_bytes(b"x" * size)
        octets = FileOctets(gone)
        gone.unlink()
        async with opened(tmp_path) as store:
            with pytest.raises(StoreUnavailable):
                await append(store.mail(AL), of(octets))
        assert files(tmp_path) == 0
