"""A disk that is really full: nothing that was acknowledged is lost, nothing is there by half, and it is well again.

The test runs itself in a mount namespace of its own (unshare(1)), on a file system of a few megabytes.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

from gateway.mail.octets import MemoryOctets
from gateway.store.actions import Append
from gateway.store.embedded.mail import EmbeddedMail
from gateway.store.embedded.verify.account import verify_account
from gateway.store.errors import StoreUnavailable
from gateway.store.model import EmailId, NewEmail
from tests.support.peers import installed
from tests.unit.store.embedded.engine_support import AL, NOW, append, folder, inbox, new, opened

SMALL, LARGE = b"s" * 2_000, b"l" * 200_000
_MOUNT = 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"'


async def fill(mail: EmbeddedMail, octets: bytes) -> int:
    """How many were taken before there was no room."""
    action = Append(await inbox(mail), (NewEmail(MemoryOctets(octets), NOW),))
    for count in range(10_000):
        try:
            await mail.emails.carry_out([action], NOW)
        except StoreUnavailable:
            return count
    raise AssertionError("the disk is never full")


async def scenario(data: Path) -> None:
    filler = data / "filler"
    filler.write_bytes(bytes(1_500_000))
    async with opened(data) as store:
        mail = store.mail(AL)
        large, small = await fill(mail, LARGE), await fill(mail, SMALL)
        assert large > 2
        assert small > 2
        assert not await store.healthy()
        entries = await mail.emails.entries(await inbox(mail))
        assert len(entries.uids) == large + small
        filler.unlink()
        assert await store.healthy()
        again = await append(mail, new(SMALL), new(LARGE))
        assert again.uids == (large + small + 1, large + small + 2)
        for octets in await mail.emails.octets([EmailId(email) for email in (*entries.emails, *again.emails)]):
            assert octets is not None
            assert octets.read(0, len(octets)) in (SMALL, LARGE)
    assert list(verify_account(folder(data).path)) == []


def test_a_full_disk(tmp_path: Path) -> None:
    command = [installed("unshare"), "-rm", "sh", "-c", _MOUNT, str(tmp_path)]
    command += [sys.executable, "-m", "tests.unit.store.embedded.test_full_disk", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[4])
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    asyncio.run(scenario(Path(sys.argv[1])))
